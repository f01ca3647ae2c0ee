"""The history of each ticket: its events and files.

Rows of one command share `entry`, the stream version of its first event: together they are one timeline entry.
Texts are opened; NULL once the key of their author is destroyed.
"""

from typing import Any, ClassVar

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
    Uuid,
    insert,
)

from izarlink_tickets.database import Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel

_ID = String(36)
# The ticket list holds the title.
_TITLE = "title"


class History(ReadModel):
    """Tables `history`, of events, and `history_files`, of attachments."""

    NAME: ClassVar[str] = "history"
    VERSION: ClassVar[int] = 2

    def declare(self) -> None:
        self.rows = _rows_table(self)
        self.files = _files_table(self)
        self._insert_row = insert(self.rows)
        self._insert_file = insert(self.files)

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Store the event's row, and an attachment's file."""
        connection.execute(self._insert_row, _row(projected))
        if isinstance(projected.event, events.AttachmentAdded):
            connection.execute(self._insert_file, _file(projected.event, projected.entry))


def _rows_table(model: ReadModel) -> Table:
    return model.table(
        "history",
        # Serves a ticket's entries in order, and the entry of a mail.
        Column("ticket_id", Uuid, primary_key=True),
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
        Column("ticket_id", Uuid, nullable=False),
        Column("version", Integer, nullable=False),
        Column("entry", Integer, nullable=False),
        Column("name", Text),
        Column("size", Integer, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("sha256", String(64), nullable=False),
    )
    # The files of a ticket's entries, in order.
    Index(None, files.c.ticket_id, files.c.version)
    # Whether a stored file is still referenced; read by the cleaning of the folder.
    Index(None, files.c.sha256)
    return files


def _row(projected: ProjectedEvent) -> dict[str, Any]:
    event = projected.event
    return {
        "ticket_id": event.originator_id,
        "version": event.originator_version,
        "entry": projected.entry,
        "position": projected.position,
        "at": event.timestamp,
        "actor_id": event.actor_id,
        "role": event.role,
        "channel": event.channel,
        "command_id": event.command_id,
        "event": type(event).__name__,
        "is_public": event.IS_PUBLIC,
        "previous_state": event.previous_state,
        "state": event.state,
        "awaiting": event.awaiting,
        "words": _words(event),
        "facts": _facts(event),
    }


def _words(event: events.TicketEvent) -> str | None:
    """Return the event's text, one of its sealed fields; else empty."""
    if isinstance(event, events.AttachmentAdded):
        return ""
    texts: list[str | None] = [getattr(event, name) for name in event.SEALED if name != _TITLE]
    return texts[0] if texts else ""


def _facts(event: events.TicketEvent) -> str:
    """Format the event's codes, ids and numbers as JSON.

    A file's are in its own row.
    """
    if isinstance(event, events.AttachmentAdded):
        return "{}"
    facts = {name: value for name, value in events.own_fields(event).items() if name not in event.SEALED}
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()


def _file(event: events.AttachmentAdded, entry: int) -> dict[str, Any]:
    return {
        "file_id": event.file_id,
        "ticket_id": event.originator_id,
        "version": event.originator_version,
        "entry": entry,
        "name": event.name,
        "size": event.size,
        "media_type": event.media_type,
        "sha256": event.sha256,
    }
