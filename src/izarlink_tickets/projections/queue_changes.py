"""Changes of a list since a position of the log."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import events, log_head
from izarlink_tickets.projections.ticket_filters import (
    LIVE,
    FilterShape,
    TicketFilter,
    conditions_of,
    is_own,
    shape_of,
    values_of,
)

# The latest events are read: a page left open for a week needs no exact number.
MAX_EVENTS = 2_000
# Built once: each page of the queue and each poll asks it.
LAST_POSITION = select(log_head.c.position)


def last_position(connection: Connection) -> int:
    """Return the position of the last event."""
    return int(connection.execute(LAST_POSITION).scalar_one())


def count_moved(connection: Connection, viewer: Actor, *, filtered: TicketFilter, after: int, last: int) -> int:
    """Count the list's tickets with an event between the positions."""
    dialect = connection.dialect.name
    values = values_of(viewer, filtered, dialect=dialect) | {"after": max(after, last - MAX_EVENTS), "last": last}
    return int(connection.execute(_count_moved(shape_of(viewer, filtered), dialect), values).scalar_one())


@lru_cache(maxsize=256)
def _count_moved(shape: FilterShape, dialect: str) -> Select[Any]:
    is_between = (events.c.position > bindparam("after"), events.c.position <= bindparam("last"))
    moved = select(events.c.stream_id).where(*is_between)
    own = [is_own()] if shape.is_own else []
    # The moved tickets are few: SQLite finds them by their ids, and checks the rest.
    of_filter = conditions_of(shape, dialect=dialect, indexed=())
    return select(func.count()).where(LIVE.tickets.c.ticket_id.in_(moved), *own, *of_filter)
