"""Queries that load events by stream or by position."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from eventsourcing.domain import AggregateEvent
from sqlalchemy import ColumnClause, Connection, bindparam, func, literal_column, select

from izarlink_tickets.event_store.log import events
from izarlink_tickets.event_store.mapper import Mapper

# Upper bounds above every value, so that bounded and unbounded queries share a statement.
LAST_VERSION = 2**31 - 1
LAST_POSITION = 2**63 - 1
STREAMS_PER_QUERY = 500

# Built once: each command and each page of a ticket runs these.
_stream = (
    select(events)
    .where(events.c.stream_id == bindparam("stream"))
    .where(events.c.version > bindparam("after"), events.c.version <= bindparam("until"))
    .limit(bindparam("limit"))
)
select_stream = _stream.order_by(events.c.version)
select_stream_backwards = _stream.order_by(events.c.version.desc())
# Without types, which cost as much as the rest of reading a row.
_PLAIN: list[ColumnClause[Any]] = [literal_column(name) for name in ("position", "version", "topic", "state")]
_select_whole_stream = (
    select(_PLAIN[0], _PLAIN[1], _PLAIN[2], _PLAIN[3])
    .select_from(events)
    .where(events.c.stream_id == bindparam("stream"))
    .order_by(events.c.version)
)
select_log = (
    select(events)
    .where(events.c.position > bindparam("after"), events.c.position <= bindparam("until"))
    .order_by(events.c.position)
    .limit(bindparam("limit"))
)
select_log_by_topic = select_log.where(events.c.topic.in_(bindparam("topics", expanding=True)))


class Recorded(NamedTuple):
    """An event with its position in the log, from 1."""

    position: int
    event: AggregateEvent


_LAST_STATE = select(events.c.state).order_by(events.c.position.desc()).limit(1)


def last_recorded_at(connection: Connection) -> datetime | None:
    """Return the time of the event that was recorded last, aware UTC."""
    state = connection.execute(_LAST_STATE).scalar_one_or_none()
    return None if state is None else datetime.fromisoformat(orjson.loads(state)["timestamp"])


def last_versions(connection: Connection, stream_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the last version of each stream that has events."""
    ids, versions = sorted(stream_ids), dict[UUID, int]()
    for start in range(0, len(ids), STREAMS_PER_QUERY):
        rows = connection.execute(
            select(events.c.stream_id, func.max(events.c.version))
            .where(events.c.stream_id.in_(ids[start : start + STREAMS_PER_QUERY]))
            .group_by(events.c.stream_id)
        )
        versions |= {row[0]: row[1] for row in rows}
    return versions


def read(connection: Connection, mapper: Mapper, *, after: int, limit: int) -> list[Recorded]:
    """Load the events above a position, the oldest first.

    limit: of events; 500 is fastest. Raises: UnknownTopic, EventUnreadable.
    """
    rows = connection.execute(select_log, {"after": after, "until": LAST_POSITION, "limit": limit})
    return [Recorded(position, mapper.decoded(*columns)) for position, *columns in rows]


def read_topics(
    connection: Connection, mapper: Mapper, *, topics: Collection[str], after: int, limit: int
) -> list[Recorded]:
    """Load the events of some topics above a position, the oldest first.

    Raises: EventUnreadable.
    """
    bounds = {"topics": sorted(topics), "after": after, "until": LAST_POSITION, "limit": limit}
    rows = connection.execute(select_log_by_topic, bounds)
    return [Recorded(position, mapper.decoded(*columns)) for position, *columns in rows]


def read_stream(connection: Connection, mapper: Mapper, stream_id: UUID) -> list[Recorded]:
    """Load a stream with the positions of its events. Raises: UnknownTopic, EventUnreadable."""
    rows = connection.execute(_select_whole_stream, {"stream": stream_id}).all()
    decoded = mapper.decoded
    return [Recorded(position, decoded(stream_id, version, topic, state)) for position, version, topic, state in rows]


def latest_events(
    connection: Connection, mapper: Mapper, stream_id: UUID, *, topics: Collection[str], limit: int
) -> list[AggregateEvent]:
    """Load a stream's latest events of these topics, the newest first."""
    rows = connection.execute(
        select(events)
        .where(events.c.stream_id == stream_id, events.c.topic.in_(sorted(topics)))
        .order_by(events.c.version.desc())
        .limit(limit)
    )
    return [mapper.decoded(*columns) for _, *columns in rows]


def load_events(connection: Connection, mapper: Mapper, stream_id: UUID) -> list[AggregateEvent]:
    """Load the events of a stream. Raises: UnknownTopic, EventUnreadable."""
    return [recorded.event for recorded in read_stream(connection, mapper, stream_id)]
