"""Loading of a backup into a database and a store."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

from sqlalchemy import Connection, column, delete, insert, inspect, table

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.backup.backup_errors import BackupDamaged
from izarlink_tickets.backup.manifest import TablePart
from izarlink_tickets.backup.reader import Backup
from izarlink_tickets.backup.values import TYPES
from izarlink_tickets.progress import Progress, Tally, counted, no_progress

# Rows per statement.
BATCH = 1000
# The schema step of the database itself; backups omit it.
_ALEMBIC = "alembic_version"


def load_tables(connection: Connection, backup: Backup, *, progress: Progress = no_progress) -> None:
    """Replace the rows of all tables by the backup's.

    progress: in rows. Raises: BackupDamaged.
    """
    _require_tables(connection, backup.manifest.tables)
    for part in reversed(backup.manifest.tables):
        connection.execute(delete(table(part.name)))
    rows = Tally(progress, backup.manifest.rows)
    for part in backup.manifest.tables:
        _load(connection, backup, part, rows)


def _require_tables(connection: Connection, parts: Iterable[TablePart]) -> None:
    """Check that the database has all tables and columns of the manifest."""
    schema = inspect(connection)
    names = {*schema.get_table_names()} - {_ALEMBIC}
    for part in parts:
        if part.name not in names or part.columns.keys() - {column["name"] for column in schema.get_columns(part.name)}:
            raise BackupDamaged(part.file, "is of an unknown table")


def load_attachments(backup: Backup, store: FolderStore, *, progress: Progress = no_progress) -> int:
    """Store the attachments that the store lacks, and return how many.

    Attachments that the backup lacks stay lost. progress: in attachments. Raises: BlobStorageFull.
    """
    hashes = counted(backup.hashes(), progress, total=backup.manifest.attachments.rows)
    return sum(_put(backup, store, sha256) for sha256 in hashes)


def _put(backup: Backup, store: FolderStore, sha256: str) -> bool:
    with suppress(BlobMissing, BlobDamaged):
        store.get(sha256)
        return False
    with suppress(BlobMissing, BlobDamaged):
        store.put(backup.attachment(sha256))
        return True
    return False


def _load(connection: Connection, backup: Backup, part: TablePart, count: Tally) -> None:
    # With the columns of the backup, since this program's table may have others.
    target = table(part.name, *(column(name, TYPES[kind]) for name, kind in part.columns.items()))
    statement, rows = insert(target), backup.rows(part)
    while batch := list(islice(rows, BATCH)):
        connection.execute(statement, batch)
        count.add(len(batch))
