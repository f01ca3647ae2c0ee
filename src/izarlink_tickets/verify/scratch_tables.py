"""Tables that live as long as the snapshot: what the log says, written down for the database to compare.

So a verification takes the disk's space and not the memory's, however long the log.
"""

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, MetaData, String, Table, Text, insert

_BATCH = 1000
_TEMPORARY = ["TEMPORARY"]
_metadata = MetaData()

# One row a command that left events on a ticket.
commands_in_log = Table(
    "verified_commands",
    _metadata,
    Column("number", BigInteger),
    Column("entry", Integer),
    Column("actor_id", Text),
    Column("command_id", Text),
    Column("tells_team", Boolean),
    prefixes=_TEMPORARY,
)
# Whom each concerned, by name. is_due: it is certain that this person had to be told.
readers_in_log = Table(
    "verified_readers",
    _metadata,
    Column("number", BigInteger),
    Column("entry", Integer),
    Column("account_id", Text),
    Column("is_due", Boolean),
    prefixes=_TEMPORARY,
)
files_in_log = Table(
    "verified_files",
    _metadata,
    Column("position", BigInteger),
    Column("file_id", Text),
    Column("sha256", String(64)),
    Column("size", BigInteger),
    prefixes=_TEMPORARY,
)
Index("verified_commands_entry", commands_in_log.c.number, commands_in_log.c.entry)
Index("verified_commands_id", commands_in_log.c.actor_id, commands_in_log.c.command_id)
Index("verified_readers_entry", readers_in_log.c.number, readers_in_log.c.entry, readers_in_log.c.account_id)
Index("verified_files_sha256", files_in_log.c.sha256)


class ScratchTables:
    """The three tables while they are being filled."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[Table, list[dict[str, object]]] = {table: [] for table in _metadata.sorted_tables}
        _metadata.create_all(connection, checkfirst=False)

    def note(self, table: Table, **row: object) -> None:
        """Write a row down, sooner or later."""
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= _BATCH:
            self._write(table)

    def finish(self) -> None:
        """Write the last rows."""
        for table in self._rows:
            self._write(table)

    def _write(self, table: Table) -> None:
        if self._rows[table]:
            self._connection.execute(insert(table), self._rows[table])
            self._rows[table].clear()
