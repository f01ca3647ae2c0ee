"""Questions put to the deadlines: of which tickets something is due. Asked by the portal alone, which sees all."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from izarlink_tickets.projections import ticket_queries
from izarlink_tickets.projections.deadlines import Deadlines, Due

LIVE = Deadlines()
_rows, _tickets = LIVE.rows.c, ticket_queries.LIVE.tickets
_OF_TICKET = LIVE.rows.join(_tickets, _tickets.c.ticket_id == _rows.ticket_id)
_SELECT = select(_tickets.c.number, _rows.due, _rows.version).select_from(_OF_TICKET)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due of a ticket. version: of the event that began the wait."""

    number: int
    due: Due
    version: int


@dataclass(frozen=True, slots=True)
class Closing:
    """A solution that would be closed by itself. since: when it was proposed; both aware UTC."""

    since: datetime
    reminded_at: datetime


def closing_of(connection: Connection, *, number: int, version: int) -> Closing | None:
    """Say what the wait is that the reminder of this version told of; None once something has happened since."""
    ours = (_tickets.c.number == number, _rows.due == Due.CLOSING.value, _rows.version == version)
    row = connection.execute(select(_rows.since, _rows.reminded_at).select_from(_OF_TICKET).where(*ours)).first()
    return Closing(*row) if row else None


def overdue(
    connection: Connection, due: Due, *, since: datetime, reminded_by: datetime | None = None, limit: int
) -> list[Deadline]:
    """List those that have waited since then at least, the longest wait first.

    since: aware UTC. reminded_by: only those that were reminded by then, aware UTC.
    """
    wanted = _SELECT.where(_rows.due == due.value, _rows.since <= since)
    if reminded_by is not None:
        wanted = wanted.where(_rows.reminded_at <= reminded_by)
    rows = connection.execute(wanted.order_by(_rows.since).limit(limit))
    return [Deadline(number, Due(code), version) for number, code, version in rows]
