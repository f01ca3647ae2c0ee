"""The history of each ticket: its events and files.

Rows of one command share `entry`, the stream version of its first event: together they are one timeline entry.
Texts are opened; NULL once the key of their author is destroyed.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
)

from izarlink_tickets.database import PreparedStatement, Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, Row, TicketRows

_ID = String(36)
# The ticket list holds the title.
_TITLE = "title"


class History(ReadModel):
    """Tables `history`, of events, and `history_files`, of attachments."""

    NAME: ClassVar[str] = "history"
    VERSION: ClassVar[int] = 15

    def declare(self) -> None:
        self.rows = _rows_table(self)
        self.files = _files_table(self)
        self._inserts = [(PreparedStatement(insert(table)), table.c.keys()) for table in (self.rows, self.files)]

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Add the event's row, and an attachment's file."""
        rows.history.append(_row(projected))
        if type(projected.event) is events.AttachmentAdded:
            rows.files.append(_file(projected.event, projected))

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Insert the rows of the command."""
        del before
        for (statement, names), (_, rows) in zip(self._inserts, self.rows_of(after), strict=True):
            statement.execute(connection, *(dict(zip(names, row, strict=True)) for row in rows))

    def rows_of(self, rows: TicketRows) -> Iterator[tuple[Table, Sequence[Row]]]:
        """Return the ticket's events and files."""
        yield self.rows, rows.history
        yield self.files, rows.files


def _rows_table(model: ReadModel) -> Table:
    return model.table(
        "history",
        # Serves a ticket's entries in order, and the entry of a mail.
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("entry", Integer, nullable=False),
        Column("position", BigInteger, nullable=False),
        Column("at", Timestamp, nullable=False),
        Column("actor_id", _ID, nullable=False),
        Column("role", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("command_id", _ID, nullable=False),
        Column("event", Text, nullable=False),
        Column("is_public", Boolean, nullable=False),
        Column("previous_state", Text),
        Column("state", Text, nullable=False),
        Column("awaiting", Text),
        Column("words", Text),
        Column("facts", Text, nullable=False),  # JSON: codes, ids and numbers of the event
    )


def _files_table(model: ReadModel) -> Table:
    files = model.table(
        "history_files",
        Column("file_id", _ID, primary_key=True),
        Column("number", BigInteger, nullable=False),
        Column("version", Integer, nullable=False),
        Column("entry", Integer, nullable=False),
        Column("name", Text),
        Column("size", Integer, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("sha256", String(64), nullable=False),
        Column("thumbnail_sha256", String(64)),
        Column("thumbnail_width", Integer, nullable=False),
        Column("thumbnail_height", Integer, nullable=False),
    )
    # The files of a ticket's entries, in order.
    Index(None, files.c.number, files.c.version)
    # Whether a stored file is still referenced; read by the cleaning of the folder.
    Index(None, files.c.sha256)
    Index(None, files.c.thumbnail_sha256)
    return files


def _row(projected: ProjectedEvent) -> Row:
    event = projected.event
    return (
        projected.number,
        event.originator_version,
        projected.entry,
        projected.position,
        event.timestamp,
        event.actor_id,
        event.role,
        event.channel,
        event.command_id,
        type(event).__name__,
        event.IS_PUBLIC,
        event.previous_state,
        event.state,
        event.awaiting,
        _words(event),
        _facts(event),
    )


def _words(event: events.TicketEvent) -> str | None:
    """Return the event's text, one of its sealed fields; else empty."""
    name = _text_field(type(event))
    return getattr(event, name) if name else ""


def _facts(event: events.TicketEvent) -> str:
    """Format the event's codes, ids and numbers as JSON."""
    names = _fact_fields(type(event))
    facts = {name: getattr(event, name) for name in names}
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode() if names else "{}"


@cache
def _text_field(event_class: type[events.TicketEvent]) -> str | None:
    if event_class is events.AttachmentAdded:
        return None
    return next((name for name in event_class.SEALED if name != _TITLE), None)


@cache
def _fact_fields(event_class: type[events.TicketEvent]) -> tuple[str, ...]:
    """Return the fields of a class that hold no text, sorted.

    A file's are in its own row.
    """
    if event_class is events.AttachmentAdded:
        return ()
    return tuple(sorted(name for name in events.own_field_names(event_class) if name not in event_class.SEALED))


def _file(event: events.AttachmentAdded, projected: ProjectedEvent) -> Row:
    return (
        event.file_id,
        projected.number,
        event.originator_version,
        projected.entry,
        event.name,
        event.size,
        event.media_type,
        event.sha256,
        event.thumbnail_sha256,
        event.thumbnail_width,
        event.thumbnail_height,
    )
