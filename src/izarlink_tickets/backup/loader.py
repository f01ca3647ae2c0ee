"""Load a backup into a database of the same schema step, and its attachments into a store."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

from sqlalchemy import Connection, column, delete, insert, inspect, table

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.backup.backup_errors import BackupDamaged
from izarlink_tickets.backup.manifest import TablePart
from izarlink_tickets.backup.reader import Backup
from izarlink_tickets.backup.values import TYPES

BATCH = 1000  # rows a statement
_ALEMBIC = "alembic_version"  # says what the database is like, which no backup does


def load_tables(connection: Connection, backup: Backup) -> None:
    """Put the backup's rows in the place of whatever the tables hold, in the caller's transaction.

    Raises: BackupDamaged.
    """
    _require_tables(connection, backup.manifest.tables)
    for part in reversed(backup.manifest.tables):
        connection.execute(delete(table(part.name)))
    for part in backup.manifest.tables:
        _load(connection, backup, part)


def _require_tables(connection: Connection, parts: Iterable[TablePart]) -> None:
    """See that the database of that step has all that the manifest names."""
    there = inspect(connection)
    names = {*there.get_table_names()} - {_ALEMBIC}
    for part in parts:
        if part.name not in names or part.columns.keys() - {one["name"] for one in there.get_columns(part.name)}:
            raise BackupDamaged(part.file, "is of a table that there never was")


def load_attachments(backup: Backup, store: FolderStore) -> int:
    """Put the attachments into the store that it hasn't yet; what is lost stays lost. Returns how many were put.

    Raises: BlobStorageFull.
    """
    return sum(_put(backup, store, sha256) for sha256 in backup.hashes())


def _put(backup: Backup, store: FolderStore, sha256: str) -> bool:
    with suppress(BlobMissing, BlobDamaged):
        store.get(sha256)
        return False
    with suppress(BlobMissing, BlobDamaged):
        store.put(backup.attachment(sha256))
        return True
    return False


def _load(connection: Connection, backup: Backup, part: TablePart) -> None:
    # As the backup names and types the columns: this program's tables may have others.
    target = table(part.name, *(column(name, TYPES[kind]) for name, kind in part.columns.items()))
    statement, rows = insert(target), backup.rows(part)
    while batch := list(islice(rows, BATCH)):
        connection.execute(statement, batch)
