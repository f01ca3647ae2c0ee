"""Read events as objects, by stream or by position."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from sqlalchemy import Connection, bindparam, func, select

from izarlink_tickets.event_store.log import events
from izarlink_tickets.event_store.mapper import Mapper

# "No bound", on both databases, without a statement of its own.
LAST_VERSION = 2**31 - 1
LAST_POSITION = 2**63 - 1
STREAMS_A_QUESTION = 500

_stream = (
    select(events)
    .where(events.c.stream_id == bindparam("stream"))
    .where(events.c.version > bindparam("after"), events.c.version <= bindparam("until"))
    .limit(bindparam("limit"))
)
select_stream = _stream.order_by(events.c.version)
select_stream_backwards = _stream.order_by(events.c.version.desc())
_select_latest = (
    select(events)
    .where(events.c.stream_id == bindparam("stream"), events.c.topic.in_(bindparam("topics", expanding=True)))
    .order_by(events.c.version.desc())
    .limit(bindparam("limit"))
)
select_log = (
    select(events)
    .where(events.c.position > bindparam("after"), events.c.position <= bindparam("until"))
    .order_by(events.c.position)
    .limit(bindparam("limit"))
)
select_log_by_topic = select_log.where(events.c.topic.in_(bindparam("topics", expanding=True)))
_select_versions = (
    select(events.c.stream_id, func.max(events.c.version))
    .where(events.c.stream_id.in_(bindparam("streams", expanding=True)))
    .group_by(events.c.stream_id)
)
select_last = select(events.c.position).order_by(events.c.position.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event at its place in the log. position: dense, from 1."""

    position: int
    event: AggregateEvent


def last_versions(connection: Connection, stream_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Give the last version of each of these streams that has an event."""
    wanted, found = sorted(stream_ids), dict[UUID, int]()
    for start in range(0, len(wanted), STREAMS_A_QUESTION):
        rows = connection.execute(_select_versions, {"streams": wanted[start : start + STREAMS_A_QUESTION]})
        found |= {row[0]: row[1] for row in rows}
    return found


def read(connection: Connection, mapper: Mapper, *, after: int, limit: int) -> list[Recorded]:
    """Read the log above a position, oldest first, at most `limit` events (500 is fastest).

    Raises: UnknownTopic, EventUnreadable.
    """
    rows = connection.execute(select_log, {"after": after, "until": LAST_POSITION, "limit": limit})
    return [Recorded(position, mapper.decoded(*columns)) for position, *columns in rows]


def read_stream(connection: Connection, mapper: Mapper, stream_id: UUID) -> list[Recorded]:
    """Read a stream with the positions of its events. Raises: UnknownTopic, EventUnreadable."""
    whole = {"stream": stream_id, "after": 0, "until": LAST_VERSION, "limit": LAST_VERSION}
    rows = connection.execute(select_stream, whole)
    return [Recorded(position, mapper.decoded(*columns)) for position, *columns in rows]


def latest_events(
    connection: Connection, mapper: Mapper, stream_id: UUID, *, topics: Collection[str], limit: int
) -> list[AggregateEvent]:
    """Read the last events of a stream that are of these topics, the newest first."""
    asked = {"stream": stream_id, "topics": sorted(topics), "limit": limit}
    rows = connection.execute(_select_latest, asked)
    return [mapper.decoded(*columns) for _, *columns in rows]


def load_events(connection: Connection, mapper: Mapper, stream_id: UUID) -> list[AggregateEvent]:
    """Read a stream to fold it. Raises: UnknownTopic, EventUnreadable."""
    return [one.event for one in read_stream(connection, mapper, stream_id)]
