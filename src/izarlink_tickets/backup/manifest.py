"""The table of contents of a backup, and what tells that its parts are whole."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from izarlink_tickets.backup.values import ValueKind

MANIFEST = "manifest.json"
ATTACHMENTS = "attachments.jsonl"
# To be raised where older programs would misread it.
FORMAT = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class BackupPart(_Frozen):
    """A file of JSON lines in the zip file. size in bytes and sha256: as unpacked."""

    file: str
    rows: int
    size: int
    sha256: str


class TablePart(BackupPart):
    """A table, a row a line. columns: what each holds."""

    name: str
    columns: dict[str, ValueKind]


class AttachmentsPart(BackupPart):
    """The list of attachments. are_inside: in the zip file, or in a folder beside it. lost: were gone already."""

    are_inside: bool
    total_bytes: int
    lost: list[str]


class Manifest(_Frozen):
    """What the backup holds, of when, and how far the log was.

    schema_step: the last step that the database had. digest: of the last event at its place (event_store.generations).
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
        """Count the rows of all tables."""
        return sum(table.rows for table in self.tables)


def attachment_name(sha256: str) -> str:
    """Name the file of an attachment in the zip file."""
    return f"attachments/{sha256[:2]}/{sha256}"
