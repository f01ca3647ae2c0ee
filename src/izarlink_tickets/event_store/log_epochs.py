"""Epochs of the log, which reveal restores to its followers.

Each restore begins an epoch. A follower stores a `Cursor` beside its own work, and checks it before it continues. A
position alone proves nothing: after a restore the log grows past it again, with other events.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, func, insert, select

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.event_store.log import events

log_epochs = Table(
    "log_generations",
    metadata,
    # 1 for a log that was never restored, one more for each restore.
    Column("nth", Integer, primary_key=True, autoincrement=False),
    Column("id", String(36), nullable=False),
    # The last event when the epoch began, and its digest.
    Column("position", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("began_at", Timestamp, nullable=False),
)

# The digest before the first event.
NO_DIGEST = "0" * 64
_PURPOSE = b"izarlink-event-v1\n"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A follower's place in the log.

    generation: the epoch's id, under the name that followers and backups store. digest: of the event at the position.
    """

    generation: str
    position: int
    digest: str


@dataclass(eq=False)
class LogWentBack(Exception):
    """An older copy has replaced the log.

    cursor: the follower's. position: the log's last one now.
    was_restored: True after `restore`, which begins an epoch; False after copied files or the database's own restore.
    """

    cursor: Cursor
    position: int
    was_restored: bool


def begin_epoch(connection: Connection, *, now: datetime | None = None) -> None:
    """Begin an epoch for a new log, and after each restore.

    now: aware UTC; the database's clock by default.
    """
    last = connection.execute(select(func.max(log_epochs.c.nth))).scalar_one() or 0
    end = _cursor_at_end(connection, str(uuid4()))
    row = {"nth": last + 1, "id": end.generation, "position": end.position, "digest": end.digest}
    connection.execute(insert(log_epochs).values(began_at=now or func.now()), row)


def current_cursor(connection: Connection) -> Cursor:
    """Return the cursor of the log's end."""
    epoch_ids = select(log_epochs.c.id).order_by(log_epochs.c.nth.desc()).limit(1)
    return _cursor_at_end(connection, connection.execute(epoch_ids).scalar_one())


def require_same_log(connection: Connection, cursor: Cursor) -> None:
    """Check that the log still holds the cursor's event. Raises: LogWentBack.

    A log that was restored to the cursor or to a later place passes.
    """
    if cursor.position == 0:
        return
    row = connection.execute(select(events).where(events.c.position == cursor.position)).first()
    if row is None or digest_of(*row) != cursor.digest:
        end = _cursor_at_end(connection, cursor.generation)
        raise LogWentBack(cursor, end.position, _is_past(connection, cursor.generation))


def _is_past(connection: Connection, epoch_id: str) -> bool:
    *past, _ = connection.execute(select(log_epochs.c.id).order_by(log_epochs.c.nth)).scalars()
    return epoch_id in past


def digest_of(position: int, stream_id: UUID, version: int, topic: str, state: bytes) -> str:
    """Return the SHA-256 of a stored event at its position, in hex.

    Its variable parts are hashed with their lengths before them.
    """
    name = topic.encode()
    head = position.to_bytes(8) + stream_id.bytes + version.to_bytes(8) + len(name).to_bytes(4) + name
    return hashlib.sha256(_PURPOSE + head + len(state).to_bytes(8) + state).hexdigest()


def _cursor_at_end(connection: Connection, epoch_id: str) -> Cursor:
    row = connection.execute(select(events).order_by(events.c.position.desc()).limit(1)).first()
    return Cursor(epoch_id, row[0], digest_of(*row)) if row else Cursor(epoch_id, 0, NO_DIGEST)
