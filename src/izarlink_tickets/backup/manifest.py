"""The manifest of a backup: its parts, with their sizes and hashes."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from izarlink_tickets.backup.values import ValueKind

MANIFEST = "manifest.json"
ATTACHMENTS = "attachments.jsonl"
# Incremented with every change that older programs would misread.
FORMAT = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BackupPart(_Frozen):
    """A file of JSON lines. size: bytes, as unpacked; sha256 likewise."""

    file: str
    rows: int
    size: int
    sha256: str


class TablePart(BackupPart):
    """A table, a row per line. columns: their kinds by name."""

    name: str
    columns: dict[str, ValueKind]


class AttachmentsPart(BackupPart):
    """The list of attachments.

    are_inside: in the zip file; else in a folder beside it. lost: hashes of those that were lost before.
    """

    are_inside: bool
    total_bytes: int
    lost: list[str]


class Manifest(_Frozen):
    """The content and time of a backup, and its log's cursor.

    schema_step: the database's last migration. generation, position, digest: see `event_store.Cursor`.
    """

    program: Literal["izarlink-tickets"]
    format: int
    version: str
    created_at: datetime
    schema_step: str
    generation: str
    position: int
    digest: str
    tables: list[TablePart]
    attachments: AttachmentsPart

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


def attachment_name(sha256: str) -> str:
    """Return the name of an attachment's file in the zip file."""
    return f"attachments/{sha256[:2]}/{sha256}"
