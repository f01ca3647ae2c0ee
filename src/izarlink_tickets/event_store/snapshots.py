"""Snapshots of long streams, so that a command reads few events.

They are disposable: a stream whose snapshot is missing, damaged or of another release is read whole.
"""

import hashlib
from collections.abc import Sequence
from hmac import compare_digest
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from sqlalchemy import (
    Column,
    Connection,
    FromClause,
    Integer,
    Join,
    LargeBinary,
    String,
    Table,
    Uuid,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.database import PreparedStatement, metadata
from izarlink_tickets.event_store.log import events
from izarlink_tickets.event_store.mapper import Mapper
from izarlink_tickets.event_store.reading import load_events

snapshots = Table(
    "snapshots",
    metadata,
    Column("stream_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    # What the state consists of; a program reads its own shape only.
    Column("shape", Integer, nullable=False),
    Column("state", LargeBinary, nullable=False),
    # SHA-256 of the columns before, in hex.
    Column("digest", String(64), nullable=False),
)

ONE_ROW = select(literal(1).label("one")).subquery("one_row")
# For a statement of the caller's that reads a stream, too: see `join_stream`.
STREAM_COLUMNS = (
    *(snapshots.c[name].label(f"snapshot_{name}") for name in ("version", "state", "digest")),
    *events.c,
)
_EVENT = slice(3, None)
_IS_OF_STREAM = (snapshots.c.stream_id == bindparam("stream", type_=Uuid)) & (snapshots.c.shape == bindparam("shape"))
_IS_LATER = (events.c.stream_id == bindparam("stream", type_=Uuid)) & (
    events.c.version > func.coalesce(snapshots.c.version, 0)
)


class StreamSnapshot(NamedTuple):
    """The state of a stream's aggregate at a version."""

    stream_id: UUID
    version: int
    shape: int
    state: bytes

    @property
    def digest(self) -> str:
        head = f"{self.stream_id}:{self.version}:{self.shape}:".encode()
        return hashlib.sha256(head + self.state).hexdigest()


class RecentStream(NamedTuple):
    """A stream's intact snapshot, if any, and the events after it."""

    snapshot: StreamSnapshot | None
    events: list[AggregateEvent]


def join_stream(base: FromClause) -> Join:
    """Join a stream's snapshot and later events, which may be none.

    base: of one row. Binds `stream` and `shape`; the caller selects STREAM_COLUMNS and sorts by `events.version`.
    """
    return base.outerjoin(snapshots, _IS_OF_STREAM).outerjoin(events, _IS_LATER)


_STREAM = PreparedStatement(select(*STREAM_COLUMNS).select_from(join_stream(ONE_ROW)).order_by(events.c.version))


def _store_with(insert: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    changed = {name: insert.excluded[name] for name in ("version", "shape", "state", "digest")}
    return insert.on_conflict_do_update(index_elements=[snapshots.c.stream_id], set_=changed)


_STORE = {
    "sqlite": _store_with(sqlite.insert(snapshots)),
    "postgresql": _store_with(postgresql.insert(snapshots)),
}


def load_stream(connection: Connection, mapper: Mapper, stream_id: UUID, *, shape: int) -> RecentStream:
    """Load a stream from its snapshot on. Raises: UnknownTopic, EventUnreadable."""
    rows = _STREAM.all(connection, {"stream": stream_id, "shape": shape})
    return stream_of_rows(connection, mapper, stream_id, rows, shape=shape)


def stream_of_rows(
    connection: Connection, mapper: Mapper, stream_id: UUID, rows: Sequence[Sequence[Any]], *, shape: int
) -> RecentStream:
    """Build a stream from rows of STREAM_COLUMNS.

    connection: to read the stream whole where the snapshot is damaged. Raises: UnknownTopic, EventUnreadable.
    """
    version, state, digest = rows[0][: _EVENT.start]
    snapshot = None if version is None else StreamSnapshot(stream_id, version, shape, state)
    if snapshot and not compare_digest(snapshot.digest, digest):
        return RecentStream(None, load_events(connection, mapper, stream_id))
    stored = (row[_EVENT] for row in rows if row[_EVENT.start] is not None)
    return RecentStream(snapshot, [mapper.decoded(*columns) for _, *columns in stored])


def store_snapshot(connection: Connection, snapshot: StreamSnapshot) -> None:
    """Store a snapshot in place of the stream's earlier one."""
    row = snapshot._asdict() | {"digest": snapshot.digest}
    connection.execute(_STORE[connection.dialect.name], row)
