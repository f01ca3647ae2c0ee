"""The row of a ticket in the lists of desk and audit."""

from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets import wording
from izarlink_tickets.domain.vocabulary import UNFINISHED, UNRESOLVED, State
from izarlink_tickets.i18n import duration, format_date, language_of, relative_time
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_queries import TicketRow


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
    locale = language_of(reader.locale)
    return QueueRowView(
        number=row.number,
        title=wording.erased() if row.title is None else row.title,
        organisation=row.organisation_name,
        requester=row.requester_name,
        ticket_type=wording.type_label(row.ticket_type),
        category=wording.category_label(row.category, row.category_label),
        level=row.urgency or 0,
        urgency=wording.urgency_label(row.urgency),
        priority=wording.urgency_label(row.priority),
        state_code=row.state,
        state=wording.reader_state_label(row.state, row.awaiting, reader),
        awaited=_awaited(row, now=now, locale=locale),
        wants_cancellation=row.cancellation_is_requested and row.state in UNRESOLVED,
        opened_at=row.opened_at,
        opened_on=format_date(row.opened_at, timezone=reader.timezone),
        age=duration(row.opened_at, now, locale=locale),
        last_activity_at=row.last_activity_at,
        last_activity=relative_time(row.last_activity_at, now, locale=locale),
        assignee=row.assignee_name,
        assignee_id=row.assignee_id,
        can_be_taken=row.state in UNFINISHED and row.assignee_id != reader.actor.account_id,
    )


def _awaited(row: TicketRow, *, now: datetime, locale: str) -> str:
    if row.unanswered_since:
        return _("Sans réponse depuis %(duration)s", duration=duration(row.unanswered_since, now, locale=locale))
    since = duration(row.state_since, now, locale=locale)
    if row.state == State.RESOLVED:
        return _("Approbation attendue depuis %(duration)s", duration=since)
    # The label of the state says who is awaited.
    return _("depuis %(duration)s", duration=since) if row.awaiting else ""
