"""Search for a ticket that is being opened twice."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_filters import visible_to
from izarlink_tickets.projections.ticket_queries import LIVE

_tickets = LIVE.tickets.c


@dataclass(frozen=True, slots=True)
class SimilarTicket:
    """A similar ticket. opened_at: aware UTC; title: None once erased."""

    number: int
    title: str | None
    opened_at: datetime


def find_similar(
    connection: Connection,
    viewer: Actor,
    *,
    organisation_id: str,
    category: str,
    service_id: str | None,
    since: datetime,
) -> SimilarTicket | None:
    """Find the latest unfinished visible ticket of the category and service.

    service_id: None for « Autre / je ne sais pas ». since: of its opening, aware.
    """
    statement = select(_tickets.number, _tickets.title, _tickets.opened_at).where(
        visible_to(viewer),
        _tickets.organisation_id == organisation_id,
        _tickets.state.in_([state.value for state in UNFINISHED]),
        # Follows from the next condition, and lets the database use an index.
        _tickets.last_activity_at >= since,
        _tickets.opened_at >= since,
        _tickets.category == category,
        _tickets.service_id == service_id if service_id else _tickets.service_id.is_(None),
    )
    row = connection.execute(statement.order_by(_tickets.number.desc()).limit(1)).first()
    return SimilarTicket(row.number, row.title, row.opened_at) if row else None
