"""Tell the log from an older copy of itself: each restore begins a generation, and a follower shows what it last saw.

Whoever follows the log by position keeps a `Bookmark` beside its own work and shows it before it goes on. A position
alone proves nothing: after a restore the log grows again, past it, with other events.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Connection, Integer, Row, String, Table, bindparam, func, insert, select

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.event_store.log import events

log_epochs = Table(
    "log_generations",
    metadata,
    # Counts the restores, from 1 for the log that was never restored.
    Column("nth", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    # The last event that the generation began with, and its digest.
    Column("position", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("began_at", Timestamp, nullable=False),
)

# Before the first event.
NOTHING = "0" * 64
_PURPOSE = b"izarlink-event-v1\n"
_current = select(log_epochs).order_by(log_epochs.c.nth.desc()).limit(1)
_last = select(events).order_by(events.c.position.desc()).limit(1)
_at = select(events).where(events.c.position == bindparam("position"))
_insert = insert(log_epochs)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far somebody has followed the log: the generation's id, the last position, the digest of the event there."""

    generation: str
    position: int
    digest: str


@dataclass(eq=False)
class LogWentBack(Exception):
    """The log isn't the one that was followed any more: an older copy was put in its place.

    seen: what the follower knew. position: the last of the log now. was_restored: by `restore`, which says so in the
    log's generations; otherwise by copying files or by the database's own means.
    """

    seen: Cursor
    position: int
    was_restored: bool


def begin_epoch(connection: Connection, *, now: datetime | None = None) -> None:
    """Begin a generation where the log ends: when the log is made, and after each restore.

    now: aware UTC; without it the database's clock.
    """
    last = connection.execute(select(func.max(log_epochs.c.nth))).scalar_one() or 0
    end = _bookmark(str(uuid4()), connection.execute(_last).first())
    row = {"nth": last + 1, "id": end.generation, "position": end.position, "digest": end.digest}
    connection.execute(_insert.values(began_at=now or func.now()), row)


def current_cursor(connection: Connection) -> Cursor:
    """Mark the end of the log: whoever has followed it to there keeps this."""
    generation = connection.execute(_current).one()
    return _bookmark(generation.id, connection.execute(_last).first())


def require_same_log(connection: Connection, seen: Cursor) -> None:
    """Refuse to follow a log that isn't the one that was followed. Raises: LogWentBack.

    A log that was restored to where the follower stands, or to a later place, is still the same for it.
    """
    if seen.position == 0:
        return
    row = connection.execute(_at, {"position": seen.position}).first()
    if row is None or digest_of(*row) != seen.digest:
        end = connection.execute(_last).first()
        raise LogWentBack(seen, end.position if end else 0, _is_past(connection, seen.generation))


def _is_past(connection: Connection, generation_id: str) -> bool:
    """Say whether it is one of the generations before this one."""
    *past, _ = connection.execute(select(log_epochs.c.id).order_by(log_epochs.c.nth)).scalars()
    return generation_id in past


def digest_of(position: int, stream_id: UUID, version: int, topic: str, state: bytes) -> str:
    """Give the SHA-256 of an event at its place, in hex: of the stored bytes, each with its length before it."""
    name = topic.encode()
    head = position.to_bytes(8) + stream_id.bytes + version.to_bytes(8) + len(name).to_bytes(4) + name
    return hashlib.sha256(_PURPOSE + head + len(state).to_bytes(8) + state).hexdigest()


def _bookmark(generation: str, row: Row[int, UUID, int, str, bytes] | None) -> Cursor:
    return Cursor(generation, row[0], digest_of(*row)) if row else Cursor(generation, 0, NOTHING)
