"""Read the log's rows as they lie in the table, and say of each whether it is an event of ours.

Nothing here trusts a row: a column may hold anything that a damaged disk or a hand has put there.
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

# Without types, so that nothing is converted before it has been looked at.
_EVENTS = table("events", *map(column, ("position", "stream_id", "version", "topic", "state")))
_BY_STREAM = select(_EVENTS).order_by(_EVENTS.c.stream_id, _EVENTS.c.version).execution_options(yield_per=PAGE)
# Codes that every event holds.
_CODES: Mapping[str, type[StrEnum]] = {"role": Role, "channel": Channel, "previous_state": State, "state": State}
# The library keeps its own in there; what is stored beside has been looked at by the mapper.
_OF_THE_LIBRARY = frozenset({"originator_id", "originator_version", "timestamp", "originator_topic"})


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row whose place in the log is plausible."""

    position: int
    stream_id: UUID
    version: int
    topic: str
    state: bytes

    def __str__(self) -> str:
        return f"event {self.position}"


def rows_by_stream(connection: Connection) -> Iterator[StoredEvent | str]:
    """Read all rows, each stream in one go by version; a sentence for a row that has no place."""
    for row in connection.execute(_BY_STREAM):
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
    """Make a UUID of what the driver gives for one; None where it is none."""
    if isinstance(value, UUID):
        return value
    try:
        return UUID(str(value))
    except ValueError:
        return None


def loaded(mapper: Mapper, row: StoredEvent) -> AggregateEvent | str:
    """Load an event, its texts sealed; a sentence where it can't be, or holds what such an event can't hold."""
    try:
        event = mapper.decoded(row.stream_id, row.version, row.topic, row.state)
    except UnknownTopic:
        return f"{row} is of no known kind ({row.topic!r:.40})"
    except EventUnreadable:
        return f"{row} can't be read"
    odd = next((name for name, fits in _fields_of(type(event)) if not fits(vars(event).get(name, ...))), None)
    return f"{row} has no good {odd}" if odd else event


@cache
def _fields_of(kind: type[AggregateEvent]) -> tuple[tuple[str, Callable[[object], bool]], ...]:
    """List what must be in an event of this kind, each with the question whether a value fits; `...`: missing."""
    hints = get_type_hints(kind)
    # A field that has been added since is missing in older events, and has its default on the class.
    names = [name for name in kind.__dataclass_fields__ if name not in _OF_THE_LIBRARY and not hasattr(kind, name)]
    return (("timestamp", _is_moment), *((name, _question(kind, name, hints[name])) for name in names))


def _is_moment(value: object) -> bool:
    return isinstance(value, datetime) and value.utcoffset() is not None


def _question(kind: type[AggregateEvent], name: str, hint: object) -> Callable[[object], bool]:
    types = tuple(_type_of(one) for one in (get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)))
    codes = _codes(kind, name)
    return lambda value: isinstance(value, types) and (codes is None or value in codes)


def _type_of(hint: object) -> type:
    found = get_origin(hint) or hint
    return found if isinstance(found, type) else object


def _codes(kind: type[AggregateEvent], name: str) -> frozenset[str | None] | None:
    """Give the codes that a field may hold; None for a field of no code."""
    if name == "awaiting" and issubclass(kind, TicketEvent):
        return frozenset({None, *(code.value for code in Awaiting)})
    found = _CODES.get(name)
    return frozenset({None, *(code.value for code in found)}) if found else None
