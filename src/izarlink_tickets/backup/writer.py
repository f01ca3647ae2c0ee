"""Write a backup of a portal that goes on: one snapshot of the database, then the attachments that it tells of.

An attachment is stored before any event names it and never removed while one does, so those of the snapshot are there.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson
from sqlalchemy import Connection, Table, select

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
from izarlink_tickets.backup.values import ValueKind, kind_of, written
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.domain.events import AttachmentAdded
from izarlink_tickets.event_store import current_cursor, events

# What nobody misses: read models are rebuilt, everybody signs in again, links are asked for again.
LEFT_OUT = frozenset({"read_models", "sessions", "kept_uploads", "tokens", "throttle", "presences"})
PAGE = 1000  # rows fetched at a time
PROGRESS_ROWS = 100_000
# Twice as fast as zlib's usual 6, and 8 % larger.
_LEVEL = 3
_ATTACHMENTS = (
    select(events.c.state)
    .where(events.c.topic == AttachmentAdded.TOPIC)
    .order_by(events.c.position)
    .execution_options(yield_per=PAGE)
)

Tell = Callable[[str], None]


def kept_tables() -> list[Table]:
    """List the tables of a backup, each after those that it refers to."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def write_backup(
    database: Database,
    store: FolderStore,
    path: Path,
    *,
    schema_step: str,
    now: datetime,
    files: FolderStore | None = None,
    tell: Tell = lambda _: None,
) -> Manifest:
    """Write the file and give its manifest; what is lost or damaged of the attachments is listed in it.

    now: aware UTC. schema_step: of the database. files: a folder that takes the attachments instead of the file; what
    an earlier backup has put there isn't copied again. tell: hears of the progress.
    Raises: FileExistsError, OSError, RowUnreadable, DatabaseBusy, DatabaseUnreachable.
    """
    with new_file(path) as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        writer = _Writer(archive, tell)
        with database.snapshot() as connection:
            seen = current_cursor(connection)
            tables = [writer.table(connection, table) for table in kept_tables()]
            hashes = list(dict.fromkeys(_attachments(connection)))
        attachments = writer.attachments(store, hashes, files)
        manifest = Manifest(
            program="izarlink-tickets",
            format=FORMAT,
            version=version("izarlink-tickets"),
            created_at=now,
            schema_step=schema_step,
            generation=seen.generation,
            position=seen.position,
            digest=seen.digest,
            tables=tables,
            attachments=attachments,
        )
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest


def _attachments(connection: Connection) -> Iterator[str]:
    """Give the hashes that the log names; what can't be read of it, `verify` tells."""
    for state in connection.execute(_ATTACHMENTS).scalars():
        try:
            yield orjson.loads(state)["sha256"]
        except (ValueError, TypeError, LookupError):
            continue


@dataclass
class _LineWriter:
    """Lines on their way into the archive, counted and hashed."""

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
    """The archive while it is being filled."""

    archive: ZipFile
    tell: Tell

    def table(self, connection: Connection, table: Table) -> TablePart:
        """Write one table, in the order of its key so that two backups can be compared."""
        # SQLAlchemy's names are strings of a kind of their own, which JSON doesn't take for keys.
        columns = {f"{column.name}": kind_of(column) for column in table.columns}
        name = f"tables/{table.name}.jsonl"
        with self.archive.open(name, "w", force_zip64=True) as target:
            lines = _LineWriter(target)
            try:
                self._rows(connection, table, columns, lines)
            except (ValueError, TypeError) as error:
                raise RowUnreadable(table.name) from error
        self.tell(f"{table.name}: {lines.rows:,} rows")
        return TablePart(
            name=table.name, file=name, rows=lines.rows, size=lines.size, sha256=lines.sha256, columns=columns
        )

    def _rows(self, connection: Connection, table: Table, columns: dict[str, ValueKind], lines: _LineWriter) -> None:
        wanted = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=PAGE)
        kinds = tuple(columns.items())
        for row in connection.execute(wanted):
            lines.write({name: written(kind, value) for (name, kind), value in zip(kinds, row, strict=True)})
            if lines.rows % PROGRESS_ROWS == 0:
                self.tell(f"{table.name}: {lines.rows:,} rows so far")

    def attachments(self, store: FolderStore, hashes: list[str], files: FolderStore | None) -> AttachmentsPart:
        """Copy the attachments, then write the list of them."""
        sizes: dict[str, int] = {}
        for nth, sha256 in enumerate(hashes, start=1):
            size = self._attachment(store, sha256, files)
            if size is not None:
                sizes[sha256] = size
            if nth % PAGE == 0:
                self.tell(f"attachments: {nth:,} of {len(hashes):,}")
        with self.archive.open(ATTACHMENTS, "w", force_zip64=True) as target:
            lines = _LineWriter(target)
            for sha256, size in sizes.items():
                lines.write({"sha256": sha256, "bytes": size})
        self.tell(f"attachments: {lines.rows:,}")
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
        """Copy one and give its size, None where it is lost."""
        if files and (known := files.size_of(sha256)) is not None and known == store.size_of(sha256):
            return known
        try:
            sealed = store.get(sha256)
        except (BlobMissing, BlobDamaged):
            return None
        if files:
            files.put(sealed)
        else:
            # Sealed bytes can't be packed.
            self.archive.writestr(attachment_name(sha256), sealed, compress_type=ZIP_STORED)
        return len(sealed)
