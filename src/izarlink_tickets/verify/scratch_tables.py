"""Temporary tables of the log's content, compared by the database.

So a verification uses disk and not memory, however long the log is.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text

from izarlink_tickets.projections.bulk import BulkTable
from izarlink_tickets.projections.read_model import Row

_BATCH = 1000
_metadata = MetaData()


def _temporary_table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, _metadata, *columns, prefixes=["TEMPORARY"])


# One row for each command with events on a ticket. organisation_id: whose company role may have been told.
commands_in_log = _temporary_table(
    "verified_commands",
    Column("number", BigInteger),
    Column("entry", Integer),
    Column("actor_id", Text),
    Column("command_id", Text),
    Column("tells_team", Boolean),
    Column("organisation_id", Text),
)
# The accounts that each command concerned. is_due: a mail to them was certainly due.
readers_in_log = _temporary_table(
    "verified_readers",
    Column("number", BigInteger),
    Column("entry", Integer),
    Column("account_id", Text),
    Column("is_due", Boolean),
)
# size: NULL for a thumbnail, whose event doesn't hold it.
files_in_log = _temporary_table(
    "verified_files",
    Column("position", BigInteger),
    Column("file_id", Text),
    Column("sha256", String(64)),
    Column("size", BigInteger),
)
Index("verified_commands_entry", commands_in_log.c.number, commands_in_log.c.entry)
Index("verified_commands_id", commands_in_log.c.actor_id, commands_in_log.c.command_id)
Index("verified_readers_entry", readers_in_log.c.number, readers_in_log.c.entry, readers_in_log.c.account_id)
Index("verified_files_sha256", files_in_log.c.sha256)


class ScratchTables:
    """The three tables, filled in batches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[Table, list[Row]] = {table: [] for table in _metadata.sorted_tables}
        self._bulk = {table: BulkTable(table, connection.dialect) for table in self._rows}
        _metadata.create_all(connection, checkfirst=False)

    def add(self, table: Table, *row: object) -> None:
        """Add a row to the next batch.

        row: in the order of the columns.
        """
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= _BATCH:
            self._write(table)

    def finish(self) -> None:
        """Write the remaining rows."""
        for table in self._rows:
            self._write(table)

    def _write(self, table: Table) -> None:
        self._bulk[table].insert(self._connection, self._rows[table])
        self._rows[table].clear()
