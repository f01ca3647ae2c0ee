"""The page of a ticket, as its customer sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import structlog
from flask import Blueprint, get_flashed_messages, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import Held, InformationRequested, TicketEvent
from izarlink_tickets.domain.vocabulary import FINISHED, UNRESOLVED, Actor, Awaiting, State
from izarlink_tickets.i18n import language_of
from izarlink_tickets.projections.history_queries import (
    ENTRIES_SHOWN,
    AttachedFile,
    EntryRows,
    EntryRowsPart,
    files_of,
    references,
)
from izarlink_tickets.projections.ticket_people import NamesAndWatchers, load_people
from izarlink_tickets.projections.ticket_queries import TicketRow, existing_ticket
from izarlink_tickets.web.app_context import now, portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.blank_forms import page_slots, render_blank, render_form
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.slots import escaped
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.ticket_frame import ticket_response
from izarlink_tickets.web.tickets.available_actions import AvailableActions, available_actions
from izarlink_tickets.web.tickets.ticket_forms import (
    AT_ENTRY,
    FORMS,
    CancellationForm,
    CustomerForm,
    DecisionForm,
    OwnWatcherForm,
)
from izarlink_tickets.web.tickets.ticket_head import facts_html, head_html
from izarlink_tickets.web.tickets.ticket_view import ticket_view
from izarlink_tickets.web.timeline import (
    Confirmation,
    Deliveries,
    EntryView,
    entry_view,
    file_view,
    load_solution,
    timeline_html,
)
from izarlink_tickets.web.timeline_part import file_name_bytes, load_timeline_part

pages = Blueprint("ticket", __name__)

log = structlog.get_logger(__name__)

_TEMPLATE = "tickets/_ticket_forms.html"

# In the query: as much of the history as a page can hold, to be printed. Its entries are small, or fewer fit.
WHOLE_HISTORY, MAX_ENTRIES = "tout", 500
# Of the list of files, around their names; the others are at their entries.
FILES_SHOWN, FILES_BYTES = 50, 40_000


@dataclass(frozen=True)
class TicketReading:
    """A ticket as read for its page.

    solution: the entry that waits for approval, if any. is_latest: the timeline goes on to the newest entry.
    people: the watchers, and the names that the entries refer to.
    """

    ticket: TicketRow
    part: EntryRowsPart
    files: list[AttachedFile]
    solution: EntryRows | None
    people: NamesAndWatchers
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
    if refused is None and reading.is_latest:
        _note_visit(reading.ticket)
    actions = available_actions(viewer().actor, reading.ticket, now=now(), reopen_days=settings().reopen_days)
    confirmed = _confirmation(reading.part)
    seen = refused.seen_version if refused else reading.ticket.seen_version
    history = _history_values(reading, seen=seen, confirmed=confirmed)
    return ticket_response(
        "tickets/ticket.html",
        refused,
        number=number,
        title=reading.ticket.title,
        content=render("tickets/_ticket.html", form=refused, **history, **_form_values(reading, actions, refused)),
        is_confirmed=confirmed is not None,
        is_to_do=_is_to_do(reading, actions),
    )


def _note_visit(ticket: TicketRow) -> None:
    """Store what the viewer sees; a failure leaves it unread."""
    try:
        portal().ticket_visits.note(viewer(), ticket)
    except (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull) as error:
        log.warning("visit_not_noted", ticket=ticket.number, kind=type(error).__name__)


def _address_for(person: Actor, number: int) -> str:
    """Return the ticket's address for support and auditors."""
    entry = whole_number(request.args.get("entree"))
    address = f"/bureau/tickets/{number}" if access.is_staff(person) else f"/audit/tickets/{number}"
    return f"{address}?entree={entry}" if entry else address


# --- the parts of the page --------------------------------------------------------------------------------------------


def _history_values(reading: TicketReading, *, seen: int | None, confirmed: Confirmation | None) -> dict[str, object]:
    """Build the values for reading. seen: the last entry read."""
    number, part, solution = reading.ticket.number, reading.part, reading.solution
    listed = _listed(reading.files)
    locale, highlighted = language_of(viewer().locale), whole_number(request.args.get("entree"))
    entries = timeline_html(
        part,
        viewer(),
        number=number,
        names=reading.people.names,
        now=now(),
        highlighted=None if solution and solution.number == highlighted else highlighted,
        seen=seen,
        above=solution.number if solution else None,
        confirmed=confirmed,
        deliveries=reading.deliveries,
    )
    return {
        "ticket": ticket_view(reading.ticket, viewer(), now=now()),
        "customer": reading.ticket.organisation_name,
        "printed_at": now(),
        "address": f"{settings().base_url}/tickets/{number}",
        "facts": facts_html(reading.ticket, viewer()),
        "solution": _entry_view(reading, solution),
        "solution_is_wanted": solution is not None and solution.number == highlighted,
        "solution_is_new": solution is not None and seen is not None and solution.number > seen,
        "closing": _entry_view(reading, _closing(reading)),
        "entries": entries,
        "first_entry": part.entries[0].number if part.entries else None,
        "has_earlier": part.has_earlier,
        "is_latest": reading.is_latest,
        "news_version": reading.ticket.news_version,
        "is_whole": WHOLE_HISTORY in request.args,
        "attached": [file_view(file, number=number, locale=locale) for file in listed],
        "more_files": len(reading.files) - len(listed),
    }


def _listed(files: Sequence[AttachedFile]) -> Sequence[AttachedFile]:
    """Return the last files, as many as fit."""
    sizes = accumulate(file_name_bytes(file.name) for file in reversed(files[-FILES_SHOWN:]))
    return files[-max(1, sum(total <= FILES_BYTES for total in sizes)) :]


def _confirmation(part: EntryRowsPart) -> Confirmation | None:
    """Return the confirmation of the shown entry just written."""
    entries, sentences = (get_flashed_messages(category_filter=[name]) for name in (AT_ENTRY, "message"))
    written = {str(entry) for entry in entries}
    shown = [entry.number for entry in part.entries if str(entry.number) in written]
    return Confirmation(shown[-1], " ".join(map(str, sentences))) if shown and sentences else None


def _entry_view(reading: TicketReading, entry: EntryRows | None) -> EntryView | None:
    return entry_view(entry, viewer(), number=reading.ticket.number, names=reading.people.names) if entry else None


def _form_values(reading: TicketReading, actions: AvailableActions, refused: CustomerForm | None) -> dict[str, object]:
    """Build the values for writing and deciding."""
    return {
        "forms": _forms(reading, actions, refused),
        "has_place": refused is None or refused.slug in actions.slugs,
        "actions": actions,
        "watchers": _removals(reading) if actions.watchers else (),
        "head": _head(reading, actions),
        "wants_cancellation": reading.ticket.cancellation_is_requested and reading.ticket.state in UNRESOLVED,
        "closes_on": _closing_day(reading.ticket),
        "question": _question(reading) if actions.follow_up else None,
    }


def _load(number: int) -> TicketReading:
    person = viewer().actor
    before, entry = (whole_number(request.args.get(name)) for name in ("avant", "entree"))
    size = MAX_ENTRIES if WHOLE_HISTORY in request.args else ENTRIES_SHOWN
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, person, number=number)
        files = files_of(connection, number=number)
        shown = load_timeline_part(
            connection, person, number=number, before=before, entry=entry, size=size, files=files
        )
        return TicketReading(
            ticket=ticket,
            part=shown.part,
            files=files,
            solution=load_solution(connection, person, ticket, shown.part),
            people=load_people(connection, number=number, ids=references(shown.part.entries)),
            deliveries=shown.deliveries,
            is_latest=shown.is_latest,
        )


def _forms(reading: TicketReading, actions: AvailableActions, refused: CustomerForm | None) -> dict[str, Markup]:
    """Render the forms by slug, as having seen this page."""
    limits = (settings().attachment_max_bytes, MAX_FILES)
    newest = reading.part.entries[-1].number if reading.part.entries else 0
    slots = page_slots(target=reading.ticket.number, seen=newest, solution_version=reading.ticket.solution_version)
    forms = {
        form_class.slug: render_blank(
            _TEMPLATE,
            form_class.slug,
            partial(_blank_form, form_class, actions.wish),
            *limits,
            key=actions.wish,
            slots=slots,
        )
        for form_class in FORMS.values()
        if form_class.slug in actions.slugs
    }
    if refused and refused.slug in forms:
        _mark_seen(refused, newest, reading, actions)
        forms[refused.slug] = render_form(_TEMPLATE, refused.slug, refused, *limits, target=reading.ticket.number)
    return forms


def _removals(reading: TicketReading) -> list[tuple[str, Markup]]:
    """Render each watcher's name, and the button that removes them."""
    newest = reading.part.entries[-1].number if reading.part.entries else 0
    slots = page_slots(target=reading.ticket.number, seen=newest)
    removals = []
    for account_id, known_name in reading.people.watchers:
        name = known_name or wording.erased()
        own = escaped(account=account_id, person=name)
        button = render_blank(_TEMPLATE, "retirer", OwnWatcherForm.removal, key=OwnWatcherForm, slots={**slots, **own})
        removals.append((name, button))
    return removals


def _blank_form(form_class: type[CustomerForm], wish: str | None) -> CustomerForm:
    form = form_class(formdata=None)
    if isinstance(form, CancellationForm):
        form.wish.data = wish
    return form


def _mark_seen(refused: CustomerForm, newest: int, reading: TicketReading, actions: AvailableActions) -> None:
    """Sent again, the form's author has seen this page."""
    refused.mark_seen(newest)
    if isinstance(refused, DecisionForm):
        refused.solution_version.data = str(reading.ticket.solution_version)
    if isinstance(refused, CancellationForm):
        refused.wish.data = actions.wish


def _head(reading: TicketReading, actions: AvailableActions) -> Markup:
    """Render where the ticket stands."""
    return head_html(
        reading.ticket,
        viewer(),
        watchers=tuple(name or wording.erased() for _id, name in reading.people.watchers),
        hold=_last_entry(reading, Held) if reading.ticket.awaiting == Awaiting.THIRD_PARTY else None,
        decides=actions.decision or (actions.follow_up and reading.ticket.state != State.RESOLVED),
    )


def _is_to_do(reading: TicketReading, actions: AvailableActions) -> bool:
    """Check whether the viewer is to decide or to answer."""
    return actions.decision or (actions.follow_up and reading.ticket.awaiting == Awaiting.CUSTOMER)


def _question(reading: TicketReading) -> int | None:
    """Find the shown entry with support's open question."""
    question = _last_entry(reading, InformationRequested) if reading.ticket.awaiting == Awaiting.CUSTOMER else None
    return question.number if question else None


def _last_entry(reading: TicketReading, event_class: type[TicketEvent]) -> EntryRows | None:
    """Find the last shown entry with this event."""
    return next((entry for entry in reversed(reading.part.entries) if entry.has(event_class)), None)


def _closing(reading: TicketReading) -> EntryRows | None:
    """Find the shown entry that closed or cancelled the ticket."""
    if reading.ticket.state not in FINISHED:
        return None
    endings = [entry for entry in reading.part.entries if entry.enters(reading.ticket.state)]
    return endings[-1] if endings else None


def _closing_day(ticket: TicketRow) -> str | None:
    """Return the day of the automatic closing, as the reminder named it."""
    return wording.day_label(ticket.closes_on) if ticket.closes_on and settings().auto_close_days else None
