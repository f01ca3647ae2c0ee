"""Queries of the deadlines, for the portal itself, which sees all tickets."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from izarlink_tickets.projections import ticket_filters
from izarlink_tickets.projections.deadlines import Deadlines, Due

LIVE = Deadlines()
_rows, _tickets = LIVE.rows.c, ticket_filters.LIVE.tickets
_WITH_TICKET = LIVE.rows.join(_tickets, _tickets.c.number == _rows.number)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due for a ticket.

    version: of the event that started the wait.
    """

    number: int
    due: Due
    version: int


@dataclass(frozen=True, slots=True)
class Closing:
    """An automatic closing to come.

    since: when the solution was proposed; both aware UTC.
    """

    since: datetime
    reminded_at: datetime


def closing_of(connection: Connection, *, number: int, version: int) -> Closing | None:
    """Find the closing that the reminder of this version announced.

    None once anything has happened since.
    """
    is_announced = (_tickets.c.number == number, _rows.due == Due.CLOSING.value, _rows.version == version)
    statement = select(_rows.since, _rows.reminded_at).select_from(_WITH_TICKET).where(*is_announced)
    row = connection.execute(statement).first()
    return Closing(*row) if row else None


def overdue(
    connection: Connection, due: Due, *, since: datetime, reminded_by: datetime | None = None, limit: int
) -> list[Deadline]:
    """List the tickets that have waited since then, longest first.

    since, reminded_by: aware UTC. reminded_by: only tickets reminded by then.
    """
    statement = select(_tickets.c.number, _rows.due, _rows.version).select_from(_WITH_TICKET)
    statement = statement.where(_rows.due == due.value, _rows.since <= since)
    if reminded_by is not None:
        statement = statement.where(_rows.reminded_at <= reminded_by)
    rows = connection.execute(statement.order_by(_rows.since).limit(limit))
    return [Deadline(number, Due(code), version) for number, code, version in rows]
