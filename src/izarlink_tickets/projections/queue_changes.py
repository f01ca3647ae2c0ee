"""Changes of a list since a position of the log."""

from sqlalchemy import Connection, func, select

from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import events, log_head
from izarlink_tickets.projections.ticket_filters import LIVE, TicketFilter, matching

# The latest events are read: a page left open for a week needs no exact number.
MAX_EVENTS = 2_000


def last_position(connection: Connection) -> int:
    """Return the position of the last event."""
    return int(connection.execute(select(log_head.c.position)).scalar_one())


def count_moved(connection: Connection, viewer: Actor, *, filtered: TicketFilter, after: int, last: int) -> int:
    """Count the list's tickets with an event between the positions."""
    since = max(after, last - MAX_EVENTS)
    moved = select(events.c.stream_id).where(events.c.position > since, events.c.position <= last)
    statement = select(func.count()).select_from(LIVE.tickets)
    statement = statement.where(LIVE.tickets.c.ticket_id.in_(moved), matching(connection, viewer, filtered))
    return int(connection.execute(statement).scalar_one())
