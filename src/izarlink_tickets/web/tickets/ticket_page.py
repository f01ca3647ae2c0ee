"""The page of a ticket, as its customer sees it."""

from dataclasses import dataclass

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import InformationRequested
from izarlink_tickets.domain.vocabulary import FINISHED, Actor, Awaiting
from izarlink_tickets.projections.history_queries import ENTRIES_SHOWN, AttachedFile, Entry, Timeline, files_of
from izarlink_tickets.projections.ticket_queries import TicketRow, existing_ticket
from izarlink_tickets.web.app_context import now, portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.forms import form_page
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.tickets.available_actions import AvailableActions, available_actions
from izarlink_tickets.web.tickets.ticket_forms import FORMS, CancellationForm, CustomerForm, DecisionForm
from izarlink_tickets.web.tickets.ticket_view import ticket_view
from izarlink_tickets.web.timeline import (
    Deliveries,
    EntryView,
    entry_views,
    file_view,
    load_deliveries,
    load_timeline,
    pending_solution,
)

pages = Blueprint("ticket", __name__)

# In the query: the whole history, to be printed. People's tickets stay below this number of entries.
WHOLE_HISTORY, MAX_ENTRIES = "tout", 2_000


@dataclass(frozen=True)
class TicketReading:
    """A ticket as read for its page.

    solution: the entry that waits for approval, if any. is_latest: the timeline goes on to the newest entry.
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
    person = viewer().actor
    if not access.is_customer(person):
        return redirect(_address_for(person, number))
    return page_of(number)


def page_of(number: int, *, refused: CustomerForm | None = None) -> Response:
    """Render the ticket. refused: a form that comes back as typed.

    Raises: TicketNotFound.
    """
    reading = _load(number)
    return form_page(
        "tickets/ticket.html",
        refused,
        **_history_values(reading, seen=(refused and refused.seen_version) or None),
        **_form_values(reading, refused),
    )


def _address_for(person: Actor, number: int) -> str:
    """Return the ticket's address for support and auditors."""
    entry = whole_number(request.args.get("entree"))
    address = f"/bureau/tickets/{number}" if access.is_staff(person) else f"/audit/tickets/{number}"
    return f"{address}?entree={entry}" if entry else address


# --- the parts of the page --------------------------------------------------------------------------------------------


def _history_values(reading: TicketReading, *, seen: int | None) -> dict[str, object]:
    """Build the values for reading. seen: the last entry read."""
    number = reading.ticket.number
    entries = entry_views(
        reading.timeline,
        viewer(),
        number=number,
        highlighted=whole_number(request.args.get("entree")),
        seen=seen,
        deliveries=reading.deliveries,
    )
    return {
        "ticket": ticket_view(reading.ticket, viewer(), now=now()),
        "customer": reading.ticket.organisation_name,
        "printed_at": now(),
        "address": f"{settings().base_url}/tickets/{number}",
        "solution": next(iter(entry_views(reading.solution, viewer(), number=number)), None),
        "closing": _closing(entries, reading),
        "entries": entries,
        "has_earlier": reading.timeline.has_earlier,
        "is_latest": reading.is_latest,
        "attached": [file_view(file, number=number) for file in reading.files],
    }


def _form_values(reading: TicketReading, refused: CustomerForm | None) -> dict[str, object]:
    """Build the values for writing and deciding."""
    actions = available_actions(viewer().actor, reading.ticket, now=now(), reopen_days=settings().reopen_days)
    return {
        "forms": _forms(reading, actions, refused),
        "has_place": refused is None or refused.slug in actions.slugs,
        "actions": actions,
        "question": _question(reading) if actions.follow_up else None,
        "max_bytes": settings().attachment_max_bytes,
        "max_files": MAX_FILES,
    }


def _load(number: int) -> TicketReading:
    person = viewer().actor
    before, entry = (whole_number(request.args.get(name)) for name in ("avant", "entree"))
    size = MAX_ENTRIES if WHOLE_HISTORY in request.args else ENTRIES_SHOWN
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, person, number=number)
        history, is_latest = load_timeline(connection, person, number=number, before=before, entry=entry, size=size)
        return TicketReading(
            ticket=ticket,
            timeline=history,
            files=files_of(connection, number=number),
            solution=pending_solution(connection, person, ticket),
            deliveries=load_deliveries(connection, person, history, number=number),
            is_latest=is_latest,
        )


def _forms(reading: TicketReading, actions: AvailableActions, refused: CustomerForm | None) -> dict[str, CustomerForm]:
    """Build the forms by slug, as having seen this page."""
    forms: dict[str, CustomerForm] = {
        form_class.slug: form_class(formdata=None) for form_class in FORMS.values() if form_class.slug in actions.slugs
    }
    if refused:
        forms[refused.slug] = refused
    newest = reading.timeline.entries[-1].number if reading.timeline.entries else 0
    for form in forms.values():
        form.mark_seen(newest)
        if isinstance(form, DecisionForm):
            form.solution_version.data = str(reading.ticket.solution_version)
        if isinstance(form, CancellationForm):
            form.wish.data = actions.wish
    return forms


def _question(reading: TicketReading) -> int | None:
    """Find the shown entry with support's open question."""
    if reading.ticket.awaiting != Awaiting.CUSTOMER:
        return None
    questions = [entry.number for entry in reading.timeline.entries if entry.step(InformationRequested)]
    return questions[-1] if questions else None


def _closing(views: list[EntryView], reading: TicketReading) -> EntryView | None:
    """Find the shown entry that closed or cancelled the ticket."""
    if reading.ticket.state not in FINISHED:
        return None
    pairs = zip(reading.timeline.entries, views, strict=True)
    endings = [view for entry, view in pairs if _enters(entry, reading.ticket.state)]
    return endings[-1] if endings else None


def _enters(entry: Entry, state: str) -> bool:
    return entry.state == state != entry.previous_state
