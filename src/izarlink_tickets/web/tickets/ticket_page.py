"""One ticket, as its customer sees it: where it stands, what was said, and what can be done now (R25–R40)."""

from dataclasses import dataclass

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import InformationRequested
from izarlink_tickets.domain.vocabulary import FINISHED, Actor, Awaiting
from izarlink_tickets.projections.history_queries import (
    ENTRIES_SHOWN,
    AttachedFile,
    Entry,
    Timeline,
    files_of,
    timeline,
)
from izarlink_tickets.projections.ticket_queries import TicketRow, existing_ticket
from izarlink_tickets.web.app_context import now, portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.tickets import ticket_forms as forms
from izarlink_tickets.web.tickets.available_actions import AvailableActions, available_actions
from izarlink_tickets.web.tickets.numbers import whole_number
from izarlink_tickets.web.tickets.ticket_view import ticket_view
from izarlink_tickets.web.timeline import (
    Deliveries,
    EntryView,
    entry_views,
    file_view,
    load_deliveries,
    pending_solution,
)

pages = Blueprint("ticket", __name__)

# In the query: the whole history, to be printed. No ticket of people has more entries; one that a script made may.
WHOLE_WANTED, WHOLE = "tout", 2_000

FORMS = (
    forms.FollowUpForm,
    forms.ApprovalForm,
    forms.RefusalForm,
    forms.ReopeningForm,
    forms.CancellationForm,
)


@dataclass(frozen=True)
class Reading:
    """What was read of a ticket. earlier: the entry that the shown ones begin with, where there are some before it.

    solution: the one that waits for approval.
    """

    ticket: TicketRow
    timeline: Timeline
    files: list[AttachedFile]
    solution: Timeline
    deliveries: Deliveries
    is_latest: bool


@pages.get("/<ticket:number>")
@signed_in
def show(number: int) -> Response:
    person = viewer().person
    if not access.is_customer(person):
        return redirect(_address_for(person, number))
    return page_of(number)


def page_of(number: int, *, refused: forms.OnTicket | None = None) -> Response:
    """Show the ticket. refused: the form that could not be carried out; it comes back at its place, as it was typed.

    Raises: TicketNotFound.
    """
    reading = _read(number)
    page = render_template(
        "tickets/ticket.html", form=refused, **_shown(reading, refused), **_offered(reading, refused)
    )
    return make_response(page, refused.status if refused else 200)


def require_visible(number: int) -> None:
    """Refuse whoever doesn't see the ticket, before anything that was sent is looked at. Raises: TicketNotFound."""
    with portal().database.query() as connection:
        existing_ticket(connection, viewer().person, number=number)


def _address_for(person: Actor, number: int) -> str:
    """Say where support and auditors look at a ticket, the entry that a mail leads to included (R23)."""
    entry = whole_number(request.args.get("entree"))
    place = f"/bureau/tickets/{number}" if access.is_staff(person) else f"/audit/tickets/{number}"
    return f"{place}?entree={entry}" if entry else place


# --- the parts of the page --------------------------------------------------------------------------------------------


def _shown(reading: Reading, refused: forms.OnTicket | None) -> dict[str, object]:
    """Give what there is to read."""
    number = reading.ticket.number
    entries = entry_views(
        reading.timeline,
        viewer(),
        number=number,
        wanted=whole_number(request.args.get("entree")),
        seen=refused.seen_entry if refused else None,
        deliveries=reading.deliveries,
    )
    return {
        "ticket": ticket_view(reading.ticket, viewer()),
        "customer": reading.ticket.organisation_name,
        "printed_at": now(),
        "address": f"{settings().base_url}/tickets/{number}",
        "solution": _only(reading.solution, number),
        "closing": _closing(entries, reading),
        "entries": entries,
        "has_earlier": reading.timeline.has_earlier,
        "is_latest": reading.is_latest,
        "attached": [file_view(file, number=number) for file in reading.files],
    }


def _offered(reading: Reading, refused: forms.OnTicket | None) -> dict[str, object]:
    """Give what can be done and written."""
    actions = available_actions(viewer().person, reading.ticket, now=now(), reopen_days=settings().reopen_days)
    return {
        "forms": _forms(reading, actions, refused),
        "has_place": refused is None or refused.slug in actions.slugs,
        "actions": actions,
        "question": _question(reading) if actions.follow_up else None,
        "max_bytes": settings().attachment_max_bytes,
        "max_files": MAX_FILES,
    }


# --- reading ----------------------------------------------------------------------------------------------------------


def _read(number: int) -> Reading:
    person = viewer().person
    before, wanted = (whole_number(request.args.get(name)) for name in ("avant", "entree"))
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, person, number=number)
        shown = timeline(connection, person, number=number, before=before, size=_size())
        if before is None and wanted and _begins_after(shown, wanted):
            before = wanted + 1
            shown = timeline(connection, person, number=number, before=before)
        return Reading(
            ticket=ticket,
            timeline=shown,
            files=files_of(connection, number=number),
            solution=pending_solution(connection, person, ticket),
            deliveries=load_deliveries(connection, person, shown, number=number),
            is_latest=before is None,
        )


def _size() -> int:
    """Say how many entries are shown at most: for a printed file all of them."""
    return WHOLE if WHOLE_WANTED in request.args else ENTRIES_SHOWN


def _begins_after(shown: Timeline, entry: int) -> bool:
    return shown.has_earlier and entry < shown.entries[0].number


# --- putting together -------------------------------------------------------------------------------------------------


def _forms(reading: Reading, actions: AvailableActions, refused: forms.OnTicket | None) -> dict[str, forms.OnTicket]:
    """Make the forms that the page shows; all of them are bound to what is shown now."""
    shown: dict[str, forms.OnTicket] = {one.slug: one(formdata=None) for one in FORMS if one.slug in actions.slugs}
    if refused:
        shown[refused.slug] = refused
    newest = reading.timeline.entries[-1].number if reading.timeline.entries else 0
    for form in shown.values():
        form.seen.data = str(newest)
        if isinstance(form, forms.OnSolution):
            form.solution_version.data = str(reading.ticket.solution_version)
        if isinstance(form, forms.CancellationForm):
            form.wish.data = actions.wish
    return shown


def _only(solution: Timeline, number: int) -> EntryView | None:
    return next(iter(entry_views(solution, viewer(), number=number)), None)


def _question(reading: Reading) -> int | None:
    """Find the entry with the question that the ticket waits for an answer to, if it is among those shown."""
    if reading.ticket.awaiting != Awaiting.CUSTOMER:
        return None
    asked = [entry.number for entry in reading.timeline.entries if entry.step(InformationRequested)]
    return asked[-1] if asked else None


def _closing(entries: list[EntryView], reading: Reading) -> EntryView | None:
    """Find the entry that brought the ticket where it ended, if it is among those shown."""
    if reading.ticket.state not in FINISHED:
        return None
    pairs = zip(reading.timeline.entries, entries, strict=True)
    endings = [shown for entry, shown in pairs if _ends(entry, reading.ticket.state)]
    return endings[-1] if endings else None


def _ends(entry: Entry, state: str) -> bool:
    return entry.state == state != entry.previous_state
