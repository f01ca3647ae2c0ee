"""Writing of a backup of a running portal.

It writes a snapshot of the database, then its attachments.
An attachment is stored before its event, and kept while an event refers to it, so the store has those of the snapshot.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson
from sqlalchemy import Connection, Table, func, select

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.backup.backup_errors import RowUnreadable
from izarlink_tickets.backup.manifest import (
    ATTACHMENTS,
    FORMAT,
    MANIFEST,
    AttachmentsPart,
    Manifest,
    TablePart,
    attachment_name,
)
from izarlink_tickets.backup.new_file import new_file
from izarlink_tickets.backup.values import ValueKind, encode, kind_of
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.domain.events import STORED_HASHES, AttachmentAdded
from izarlink_tickets.event_store import current_cursor, events
from izarlink_tickets.progress import Progress, Steps, Tally, counted, no_steps

# Read models are rebuilt, and so are snapshots; people sign in again, and request new links.
OMITTED_TABLES = frozenset(
    {
        *(
            "read_models",
            "sessions",
            "provider_sessions",
            "pending_uploads",
            "kept_uploads",
            "tokens",
            "throttle",
            "presences",
        ),
        "snapshots",
    }
)
# Rows per fetch.
PAGE = 1000
# Twice as fast as zlib's default of 6, and 8 % larger.
_LEVEL = 3


def backup_tables() -> list[Table]:
    """Return the tables of a backup in the order of their references."""
    return [table for table in metadata.sorted_tables if table.name not in OMITTED_TABLES]


def write_backup(
    database: Database,
    store: FolderStore,
    path: Path,
    *,
    schema_step: str,
    now: datetime,
    files: FolderStore | None = None,
    steps: Steps = no_steps,
) -> Manifest:
    """Write the file, and return its manifest with the lost attachments.

    now: aware UTC. schema_step: of the database. files: a folder for the attachments instead of the file; those of an
    earlier backup are not copied again. steps: called with the name of each step.
    Raises: FileExistsError, OSError, RowUnreadable, DatabaseBusy, DatabaseUnreachable.
    """
    with new_file(path) as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        writer = _Writer(archive)
        with database.snapshot() as connection:
            cursor = current_cursor(connection)
            rows = Tally(steps("copying the tables"), _count_rows(connection))
            tables = [writer.table(connection, table, rows) for table in backup_tables()]
            hashes = list(dict.fromkeys(_attachments(connection)))
        attachments = writer.attachments(store, hashes, files, progress=steps("copying the files"))
        manifest = Manifest(
            program="izarlink-tickets",
            format=FORMAT,
            version=version("izarlink-tickets"),
            created_at=now,
            schema_step=schema_step,
            generation=cursor.generation,
            position=cursor.position,
            digest=cursor.digest,
            tables=tables,
            attachments=attachments,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _count_rows(connection: Connection) -> int:
    counts = (select(func.count()).select_from(table) for table in backup_tables())
    return sum(connection.execute(count).scalar_one() for count in counts)


def _attachments(connection: Connection) -> Iterator[str]:
    """Yield the hashes of the log's attachments; `verify` reports unreadable events."""
    states = select(events.c.state).where(events.c.topic == AttachmentAdded.TOPIC).order_by(events.c.position)
    for state in connection.execute(states.execution_options(yield_per=PAGE)).scalars():
        try:
            attachment = orjson.loads(state)
            yield from (sha256 for name in STORED_HASHES if (sha256 := attachment.get(name)))
        except (ValueError, TypeError, AttributeError):
            continue


@dataclass
class _LineWriter:
    """A writer of JSON lines that counts and hashes them."""

    target: IO[bytes]

    def __post_init__(self) -> None:
        self.rows = self.size = 0
        self._sha256 = hashlib.sha256()

    def write(self, row: object) -> None:
        line = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        self.target.write(line)
        self._sha256.update(line)
        self.rows, self.size = self.rows + 1, self.size + len(line)

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


@dataclass(frozen=True)
class _Writer:
    """The writer of all parts into the archive."""

    archive: ZipFile

    def table(self, connection: Connection, table: Table, count: Tally) -> TablePart:
        """Write a table in the order of its key."""
        # SQLAlchemy's names are a subclass of str, which JSON refuses as keys.
        columns = {f"{column.name}": kind_of(column) for column in table.columns}
        name = f"tables/{table.name}.jsonl"
        with self.archive.open(name, "w", force_zip64=True) as target:
            lines = _LineWriter(target)
            try:
                self._rows(connection, table, columns, lines, count)
            except (ValueError, TypeError) as error:
                raise RowUnreadable(table.name) from error
        return TablePart(
            name=table.name, file=name, rows=lines.rows, size=lines.size, sha256=lines.sha256, columns=columns
        )

    def _rows(
        self, connection: Connection, table: Table, columns: dict[str, ValueKind], lines: _LineWriter, count: Tally
    ) -> None:
        statement = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=PAGE)
        kinds = tuple(columns.items())
        for row in connection.execute(statement):
            lines.write({name: encode(kind, value) for (name, kind), value in zip(kinds, row, strict=True)})
            count.add()

    def attachments(
        self, store: FolderStore, hashes: list[str], files: FolderStore | None, *, progress: Progress
    ) -> AttachmentsPart:
        """Copy the attachments, then write their list."""
        sizes: dict[str, int] = {}
        for sha256 in counted(hashes, progress, total=len(hashes)):
            size = self._attachment(store, sha256, files)
            if size is not None:
                sizes[sha256] = size
        with self.archive.open(ATTACHMENTS, "w", force_zip64=True) as target:
            lines = _LineWriter(target)
            for sha256, size in sizes.items():
                lines.write({"sha256": sha256, "bytes": size})
        return AttachmentsPart(
            file=ATTACHMENTS,
            rows=lines.rows,
            size=lines.size,
            sha256=lines.sha256,
            are_inside=files is None,
            total_bytes=sum(sizes.values()),
            lost=[sha256 for sha256 in hashes if sha256 not in sizes],
        )

    def _attachment(self, store: FolderStore, sha256: str, files: FolderStore | None) -> int | None:
        """Copy an attachment and return its size; None if it is lost."""
        if files and (size := files.size_of(sha256)) is not None and size == store.size_of(sha256):
            return size
        try:
            sealed = store.get(sha256)
        except (BlobMissing, BlobDamaged):
            return None
        if files:
            files.put(sealed)
        else:
            # Sealed bytes don't compress.
            self.archive.writestr(attachment_name(sha256), sealed, compress_type=ZIP_STORED)
        return len(sealed)
