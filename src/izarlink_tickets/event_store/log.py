"""The tables of the log, of its head and of its commands.

`commands` belongs to the log, and only `application.command_log` writes and reads it.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
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

from izarlink_tickets.database import Timestamp, metadata

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
)

# Built once: each command runs these.
_take_positions = (
    update(log_head).values(position=log_head.c.position + bindparam("count")).returning(log_head.c.position)
)
_take_number = update(log_head).values(ticket_number=log_head.c.ticket_number + 1).returning(log_head.c.ticket_number)


def begin_log(connection: Connection) -> None:
    """Insert the row of `log_head`, in the migration that creates the tables."""
    connection.execute(insert(log_head).values(id=1, position=0, ticket_number=0))


def take_positions(connection: Connection, count: int) -> range:
    """Take the next positions of the log.

    Other writers wait on this row until COMMIT, so positions are dense and in the order of commits: reading above a
    position misses no event. Source: ADR 0001.
    """
    last: int = connection.execute(_take_positions, {"count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def take_ticket_number(connection: Connection) -> int:
    """Take the next ticket number.

    A rollback returns it. Other writers wait from here on, as for a position.
    """
    return int(connection.execute(_take_number).scalar_one())


def last_position(connection: Connection) -> int:
    """Return the position of the last event; 0 without any."""
    return connection.execute(select(log_head.c.position)).scalar_one_or_none() or 0


def lock_head(connection: Connection) -> int:
    """Block writers until the transaction ends; return the log's last position."""
    return int(connection.execute(select(log_head.c.position).with_for_update()).scalar_one())
