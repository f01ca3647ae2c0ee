"""A ticket as the customers' pages show it."""

from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets import wording
from izarlink_tickets.i18n import format_date, language_of, relative_time
from izarlink_tickets.projections.ticket_queries import TicketRow


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket with labels. Times: aware UTC.

    title: None: erased. line: the service's reference and site, empty without one.
    urgency_level: 0 for a Demande, which has none.
    """

    number: int
    title: str | None
    ticket_type: str
    category: str
    urgency: str
    urgency_level: int
    service: str
    line: str
    state: str
    state_code: str
    state_since: datetime
    opened_at: datetime
    opened_on: str
    last_activity_at: datetime
    last_activity: str
    requester: str
    related_to: int | None


def ticket_view(row: TicketRow, reader: wording.Reader, *, now: datetime) -> TicketView:
    """Format a ticket for the reader."""
    locale = language_of(reader.locale)
    return TicketView(
        number=row.number,
        title=row.title,
        ticket_type=wording.type_label(row.ticket_type),
        category=wording.category_label(row.category, row.category_label),
        urgency=wording.urgency_label(row.urgency),
        urgency_level=row.urgency_rank,
        service=wording.service_named(row.service_reference, row.service_label, row.service_site or "")
        if row.service_id
        else wording.no_service(),
        line=wording.service_named(row.service_reference, row.service_site or row.service_label),
        state=wording.reader_state_label(row.state, row.awaiting, reader),
        state_code=row.state,
        state_since=row.state_since,
        opened_at=row.opened_at,
        opened_on=format_date(row.opened_at, timezone=reader.timezone),
        last_activity_at=row.last_activity_at,
        last_activity=relative_time(row.last_activity_at, now, locale=locale),
        requester=row.requester_name,
        related_to=row.related_to,
    )
