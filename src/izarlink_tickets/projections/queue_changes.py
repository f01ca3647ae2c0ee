"""Changes of a list since a position of the log."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import events
from izarlink_tickets.projections.ticket_counts import CountShape, count_shapes, select_counts
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


def count_moved(
    connection: Connection,
    viewer: Actor,
    *,
    filtered: TicketFilter,
    after: int,
    last: int,
    counted: Sequence[TicketFilter] = (),
) -> tuple[int, list[int]]:
    """Count the list's tickets with an event between the positions.

    counted: other lists, whose tickets are counted as by `count_each`.
    """
    dialect = connection.dialect.name
    values = values_of(viewer, filtered, dialect=dialect) | {"after": max(after, last - MAX_EVENTS), "last": last}
    shapes, of_counts = count_shapes(connection, viewer, filtered=counted)
    statement = _statement(shape_of(viewer, filtered), shapes, dialect)
    ((moved, *others),) = statement.all(connection, values | of_counts)
    return int(moved), others


@lru_cache(maxsize=256)
def _statement(moved: FilterShape, counted: tuple[CountShape, ...], dialect: str) -> PreparedStatement:
    counts = select_counts(counted).exported_columns if counted else ()
    return PreparedStatement(select(_count_moved(moved, dialect).scalar_subquery(), *counts))


def _count_moved(shape: FilterShape, dialect: str) -> Select[Any]:
    is_between = (events.c.position > bindparam("after"), events.c.position <= bindparam("last"))
    moved = select(events.c.stream_id).where(*is_between)
    own = [is_own()] if shape.is_own else []
    # The moved tickets are few: SQLite finds them by their ids, and checks the rest.
    of_filter = conditions_of(shape, dialect=dialect, indexed=())
    return select(func.count()).where(LIVE.tickets.c.ticket_id.in_(moved), *own, *of_filter)
