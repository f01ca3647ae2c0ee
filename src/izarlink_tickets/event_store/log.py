"""The tables of the log, the one row that gives positions and ticket numbers, and which commands the events came from.

`commands` is written and asked by `application.command_log` alone; it is declared here because it belongs to the log.
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
    # On SQLite an INTEGER primary key is the row's own id: one index less to write.
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("stream_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("topic", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),
    # Serves loading a stream, and gives the next version to only one of two writers.
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
    # HMAC of the content under the actor's key: enough to tell a repetition from another content, and nothing more.
    Column("digest", String(64), nullable=False),
    # The ticket and the entry of its timeline that a command on a ticket led to.
    Column("number", BigInteger),
    Column("entry", Integer),
    # What any other command led to: the id or code of a record.
    Column("result", Text),
    Column("at", Timestamp, nullable=False),
)

_begin = insert(log_head).values(id=1, position=0, ticket_number=0)
_lock = select(log_head.c.position).with_for_update()
_take_positions = (
    update(log_head).values(position=log_head.c.position + bindparam("count")).returning(log_head.c.position)
)
_take_number = update(log_head).values(ticket_number=log_head.c.ticket_number + 1).returning(log_head.c.ticket_number)


def begin_log(connection: Connection) -> None:
    """Insert the one row of `log_head`; for the migration that creates the tables."""
    connection.execute(_begin)


def take_positions(connection: Connection, count: int) -> range:
    """Take the next positions of the log.

    Every other writer waits on this row until COMMIT, so positions are dense and in the order of commits: whoever
    reads above a position can't miss an event (D3).
    """
    last: int = connection.execute(_take_positions, {"count": count}).scalar_one()
    return range(last - count + 1, last + 1)


def take_ticket_number(connection: Connection) -> int:
    """Take the next ticket number; a rollback gives it back. Other writers wait from here on, as for a position."""
    return int(connection.execute(_take_number).scalar_one())


def lock_head(connection: Connection) -> int:
    """Hold all writers off until the end of the transaction, and return the last position of the log."""
    return int(connection.execute(_lock).scalar_one())
