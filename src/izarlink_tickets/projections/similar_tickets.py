"""Search for a ticket that is being opened twice."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor
from izarlink_tickets.projections.ticket_filters import (
    LIVE,
    FilterShape,
    TicketFilter,
    conditions_of,
    is_own,
    shape_of,
    values_of,
    without_index,
)

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
    filtered = TicketFilter(
        states=UNFINISHED,
        organisation_id=organisation_id,
        category=category,
        service_id=service_id,
        opened_from=since,
    )
    dialect = connection.dialect.name
    values = values_of(viewer, filtered, dialect=dialect)
    row = _select_latest(shape_of(viewer, filtered), dialect).first(connection, values)
    return SimilarTicket(*row) if row else None


@lru_cache
def _select_latest(shape: FilterShape, dialect: str) -> PreparedStatement:
    conditions = list(conditions_of(shape, dialect=dialect, indexed={"organisation_id", "state"}))
    if "service_id" not in shape.equal:
        conditions.append(_tickets.service_id.is_(None))
    if shape.is_own:
        conditions.append(is_own())
    # Follows from the time of opening, and is the end of an index.
    conditions.append(_tickets.last_activity_at >= bindparam("opened_from", type_=_tickets.last_activity_at.type))
    number = without_index(_tickets.number) if dialect == "sqlite" else _tickets.number
    found = select(_tickets.number, _tickets.title, _tickets.opened_at).where(*conditions)
    return PreparedStatement(found.order_by(number.desc()).limit(1))
