"""Raw rows of the log, and their validation as events.

A column may contain anything, after damage to the disk or manual changes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from sqlalchemy import Connection, column, select, table

from izarlink_tickets.domain.events import TicketEvent
from izarlink_tickets.domain.vocabulary import Awaiting, Channel, Role, State
from izarlink_tickets.event_store import EventUnreadable, Mapper, UnknownTopic

PAGE = 1000  # rows fetched at a time

# Without types, so that nothing is converted before it is checked.
_EVENTS = table("events", *map(column, ("position", "stream_id", "version", "topic", "state")))
# The codes of every event.
_CODES: Mapping[str, type[StrEnum]] = {"role": Role, "channel": Channel, "previous_state": State, "state": State}
# Fields of the library; the mapper has checked their stored counterparts.
_OF_THE_LIBRARY = frozenset({"originator_id", "originator_version", "timestamp", "originator_topic"})


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row with a valid place in the log."""

    position: int
    stream_id: UUID
    version: int
    topic: str
    state: bytes

    def __str__(self) -> str:
        return f"event {self.position}"


def rows_by_stream(connection: Connection) -> Iterator[StoredEvent | str]:
    """Yield all rows by stream and version; a sentence for misplaced ones."""
    statement = select(_EVENTS).order_by(_EVENTS.c.stream_id, _EVENTS.c.version)
    for row in connection.execute(statement.execution_options(yield_per=PAGE)):
        yield _placed(row)


def _placed(row: Sequence[Any]) -> StoredEvent | str:
    position, stream, version, topic, state = row
    stream_id = uuid_of(stream)
    state = state.encode() if isinstance(state, str) else state
    if stream_id is None:
        return f"event {position} has no stream id"
    if not (isinstance(version, int) and isinstance(topic, str) and isinstance(state, bytes)):
        return f"event {position} has a column of another type"
    return StoredEvent(position, stream_id, version, topic, state)


def uuid_of(value: object) -> UUID | None:
    """Parse a UUID from a driver's value; None if it is invalid."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


def loaded(mapper: Mapper, row: StoredEvent) -> AggregateEvent | str:
    """Load a valid event, still sealed; otherwise a sentence on its fault."""
    try:
        event = mapper.decoded(row.stream_id, row.version, row.topic, row.state)
    except UnknownTopic:
        return f"{row} has an unknown topic ({row.topic!r:.40})"
    except EventUnreadable:
        return f"{row} can't be read"
    invalid = next((name for name, fits in _fields_of(type(event)) if not fits(vars(event).get(name, ...))), None)
    return f"{row} has an invalid {invalid}" if invalid else event


@cache
def _fields_of(kind: type[AggregateEvent]) -> tuple[tuple[str, Callable[[object], bool]], ...]:
    """Return the mandatory fields of an event class with their checks."""
    hints = get_type_hints(kind)
    # A field added later is missing in older events, and has its default on the class.
    names = [name for name in kind.__dataclass_fields__ if name not in _OF_THE_LIBRARY and not hasattr(kind, name)]
    return (("timestamp", _is_moment), *((name, _check_of(kind, name, hints[name])) for name in names))


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.utcoffset() is not None


def _check_of(kind: type[AggregateEvent], name: str, hint: object) -> Callable[[object], bool]:
    types = tuple(map(_type_of, get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)))
    codes = _codes(kind, name)
    return lambda value: isinstance(value, types) and (codes is None or value in codes)


def _type_of(hint: object) -> type:
    origin = get_origin(hint) or hint
    return origin if isinstance(origin, type) else object


def _codes(kind: type[AggregateEvent], name: str) -> frozenset[str | None] | None:
    """Return the codes of a field; None if it has none."""
    if name == "awaiting" and issubclass(kind, TicketEvent):
        return frozenset({None, *(code.value for code in Awaiting)})
    codes = _CODES.get(name)
    return frozenset({None, *(code.value for code in codes)}) if codes else None
