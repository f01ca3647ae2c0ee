"""The tables of the log, of its head and of its commands.

`commands` belongs to the log, and only `application.command_log` writes and reads it.
"""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    insert,
    select,
    update,
)

from izarlink_tickets.database import PreparedStatement, Timestamp, metadata

events = Table(
    "events",
    metadata,
    # On SQLite an INTEGER primary key is the row id, which saves an index.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    # Serves loading a stream, and lets one of two writers take the next version.
    UniqueConstraint("stream_id", "version"),
)
log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1", name="one_row"), primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("ticket_number", Integer, nullable=False),
    # The live read models, as `projections.versions` writes them: whoever takes positions sees a swap.
    Column("read_models", Text),
)
commands = Table(
    "commands",
    metadata,
    Column("actor_id", String(36), primary_key=True),
    Column("command_id", String(36), primary_key=True),
    # HMAC of the content under the actor's key, to distinguish a repetition from other content.
    Column("digest", String(64), nullable=False),
    # The ticket and the entry of its timeline that a command on a ticket led to.
    Column("number", BigInteger),
    Column("entry", Integer),
    # What any other command led to: the id or code of a record.
    Column("result", Text),
    Column("at", Timestamp, nullable=False),
    # What a command on a ticket adds to the usage of its account: bytes of files, mails that leave at once.
    Column("file_bytes", BigInteger),
    Column("mails", Integer),
)
# Serves what an account has done within the hour.
Index(None, commands.c.actor_id, commands.c.at)

_ADVANCE = PreparedStatement(
    update(log_head)
    .values(
        position=log_head.c.position + bindparam("events"),
        ticket_number=log_head.c.ticket_number + bindparam("tickets"),
    )
    .returning(log_head.c.position, log_head.c.ticket_number, log_head.c.read_models)
)


class LogHead(NamedTuple):
    """The positions that a command took, and the last ticket number.

    read_models: the live ones; None if no release has published them yet.
    """

    positions: range
    ticket_number: int
    read_models: str | None


def begin_log(connection: Connection) -> None:
    """Insert the row of `log_head`, in the migration that creates the tables."""
    connection.execute(insert(log_head).values(id=1, position=0, ticket_number=0))


def advance_head(connection: Connection, *, events: int, tickets: int = 0) -> LogHead:
    """Take the next positions of the log, and ticket numbers.

    Other writers wait on this row until COMMIT, so positions are dense and in the order of commits: reading above a
    position misses no event. A rollback returns positions and numbers. Source: ADR 0001.
    """
    last, ticket_number, read_models = _ADVANCE.all(connection, {"events": events, "tickets": tickets})[0]
    return LogHead(range(last - events + 1, last + 1), ticket_number, read_models)


def publish_read_models(connection: Connection, read_models: str | None) -> None:
    """Announce other live read models to whoever takes positions next.

    None: there are none yet.
    """
    connection.execute(update(log_head).values(read_models=read_models))


def last_position(connection: Connection) -> int:
    """Return the position of the last event; 0 without any."""
    return connection.execute(select(log_head.c.position)).scalar_one_or_none() or 0


def lock_head(connection: Connection) -> int:
    """Block writers until the transaction ends; return the log's last position."""
    return int(connection.execute(select(log_head.c.position).with_for_update()).scalar_one())
