"""The row of a ticket in the lists of desk and audit."""

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from markupsafe import Markup

from izarlink_tickets import wording
from izarlink_tickets.database import microseconds_of
from izarlink_tickets.domain.vocabulary import UNFINISHED, UNRESOLVED, State
from izarlink_tickets.i18n import duration, duration_label, format_date, language_of, relative_label, relative_time
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import authentication
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.row_memo import render_rows
from izarlink_tickets.web.slots import slot
from izarlink_tickets.web.templating import macro

# Everything of a ticket that its row in the queue shows, but for the viewer.
_SHOWN = attrgetter(
    "number",
    "title",
    "ticket_type",
    "category",
    "category_label",
    "urgency",
    "priority",
    "state",
    "awaiting",
    "unanswered_since_us",
    "opened_us",
    "last_activity_us",
    "organisation_name",
    "assignee_id",
    "assignee_name",
    "assignee_is_active",
    "requester_is_active",
    "cancellation_is_requested",
)


@dataclass(frozen=True, slots=True)
class QueueRowView:
    """The row of a ticket.

    Times are aware UTC.
    level: of the urgency, 0 without one.
    assignee: None without one.
    awaited: whom the ticket waits for, and since when; empty while it waits for support and the customer has an answer.
    """

    number: int
    title: str
    organisation: str
    requester: str
    ticket_type: str
    category: str
    level: int
    urgency: str
    priority: str
    state_code: str
    state: str
    awaited: str
    wants_cancellation: bool
    opened_at: datetime
    opened_on: str
    age: str
    last_activity_at: datetime
    last_activity: str
    assignee: str | None
    assignee_id: str | None
    can_be_taken: bool


def queue_row_view(row: TicketRow, reader: wording.Reader, *, now: datetime) -> QueueRowView:
    """Build the row of a ticket."""
    locale, since = language_of(reader.locale), _awaited_since(row)
    return QueueRowView(
        number=row.number,
        title=wording.erased() if row.title is None else row.title,
        organisation=row.organisation_name,
        requester=wording.account_label(row.requester_name, is_active=row.requester_is_active),
        ticket_type=wording.type_label(row.ticket_type),
        category=wording.category_label(row.category, row.category_label),
        level=row.urgency or 0,
        urgency=wording.urgency_label(row.urgency),
        priority=wording.urgency_label(row.priority),
        state_code=row.state,
        state=wording.reader_state_label(row.state, row.awaiting, reader),
        awaited=_awaited(row, duration_label(microseconds_of(now) - (since or 0), locale=locale)),
        wants_cancellation=row.cancellation_is_requested and row.state in UNRESOLVED,
        opened_at=row.opened_at,
        opened_on=format_date(row.opened_at, timezone=reader.timezone),
        age=duration(row.opened_at, now, locale=locale),
        last_activity_at=row.last_activity_at,
        last_activity=relative_time(row.last_activity_at, now, locale=locale),
        assignee=row.assignee_name and wording.account_label(row.assignee_name, is_active=bool(row.assignee_is_active)),
        assignee_id=row.assignee_id,
        can_be_taken=row.state in UNFINISHED and row.assignee_id != reader.actor.account_id,
    )


def queue_rows(rows: Sequence[TicketRow], *, headings: Sequence[str], chosen: Collection[int]) -> Markup:
    """Render the rows of the queue.

    headings: of the columns. chosen: ticket numbers.
    """
    page, viewer = current_page(), authentication.viewer()
    now, language = microseconds_of(page.now), page.language

    def key(row: TicketRow) -> Hashable:
        return row.assignee_id == viewer.id, *_SHOWN(row)

    def labels(row: TicketRow) -> dict[str, str]:
        since = _awaited_since(row)
        return {
            "checked": " checked" if row.number in chosen else "",
            "wait": duration_label(now - since, locale=language) if since else "",
            "age": duration_label(now - row.opened_us, locale=language),
            "last_activity": relative_label(row.last_activity_us - now, locale=language),
        }

    def render(row: TicketRow) -> str:
        view = replace(queue_row_view(row, viewer, now=page.now), awaited=_awaited(row, slot("wait")))
        return macro("desk/_queue_row.html", "row")(view, headings, slot)

    return render_rows("queue", rows, key=key, labels=labels, render=render)


def _awaited_since(row: TicketRow) -> int | None:
    """Return since when somebody is awaited, in microseconds; None for nobody."""
    if row.unanswered_since_us:
        return row.unanswered_since_us
    return row.state_since_us if row.state == State.RESOLVED or row.awaiting else None


def _awaited(row: TicketRow, time: str) -> str:
    """Format whom the ticket waits for. time: how long."""
    if row.unanswered_since_us:
        return _("Sans réponse depuis %(duration)s", duration=time)
    if row.state == State.RESOLVED:
        return _("Approbation attendue depuis %(duration)s", duration=time)
    # The label of the state says who is awaited.
    return _("depuis %(duration)s", duration=time) if row.awaiting else ""
