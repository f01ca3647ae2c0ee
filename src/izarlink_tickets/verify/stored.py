"""Raw rows of the log, and their validation as events.

A column may contain anything, after damage to the disk or manual changes.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import NamedTuple, Union, get_args, get_origin, get_type_hints
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


class StoredEvent(NamedTuple):
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
    stored, stream_id = None, None
    for position, stream, version, topic, state in connection.execute(statement.execution_options(yield_per=PAGE)):
        if stream != stored:
            stored, stream_id = stream, uuid_of(stream)
        yield _placed(position, stream_id, version, topic, state.encode() if isinstance(state, str) else state)


def _placed(position: int, stream_id: UUID | None, version: object, topic: object, state: object) -> StoredEvent | str:
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
    fields = vars(event)
    for name, types, codes in _fields_of(type(event)):
        value = fields.get(name, ...)
        if not isinstance(value, types) or (codes is not None and value not in codes):
            return f"{row} has an invalid {name}"
    return event if fields["timestamp"].utcoffset() is not None else f"{row} has an invalid timestamp"


@cache
def _fields_of(kind: type[AggregateEvent]) -> tuple[tuple[str, tuple[type, ...], frozenset[str | None] | None], ...]:
    """Return the mandatory fields of an event class, their types and codes."""
    hints = get_type_hints(kind)
    # A field added later is missing in older events, and has its default on the class.
    names = [name for name in kind.__dataclass_fields__ if name not in _OF_THE_LIBRARY and not hasattr(kind, name)]
    return tuple((name, _types_of(hints[name]), _codes(kind, name)) for name in names)


def _types_of(hint: object) -> tuple[type, ...]:
    return tuple(map(_type_of, get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)))


def _type_of(hint: object) -> type:
    origin = get_origin(hint) or hint
    return origin if isinstance(origin, type) else object


def _codes(kind: type[AggregateEvent], name: str) -> frozenset[str | None] | None:
    """Return the codes of a field; None if it has none."""
    if name == "awaiting" and issubclass(kind, TicketEvent):
        return frozenset({None, *(code.value for code in Awaiting)})
    codes = _CODES.get(name)
    return frozenset({None, *(code.value for code in codes)}) if codes else None
