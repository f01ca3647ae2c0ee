"""Dropping of large tables while commands go on.

PostgreSQL removes a file. SQLite walks through every page of a table, with all writers waiting: 3 µs a row, which is 20
seconds for a million tickets. There the rows go first, some thousand a transaction.
"""

from time import sleep

from sqlalchemy import Connection, text

from izarlink_tickets.database import Database

_ROWS = 5_000  # a transaction
_PAUSE_SECONDS = 0.005
# FTS5 opens a table, also to drop it, by the first rows of its data: averages (1) and structure (10).
_LAST_OF_STRUCTURE = 10


def drop_in_steps(database: Database, name: str) -> None:
    """Drop a table that nothing reads any more."""
    if database.dialect == "sqlite":
        with database.query() as connection:
            indexes, tables = _indexes_of(connection, name), _tables_of(connection, name)
        for index in indexes:
            with database.command() as connection:
                connection.execute(text(f'DROP INDEX "{index}"'))
        for table in tables:
            _empty(database, table)
    with database.command() as connection:
        connection.execute(text(f'DROP TABLE "{name}"'))


def _empty(database: Database, table: str) -> None:
    after = _LAST_OF_STRUCTURE if table.endswith("_data") else 0
    first = f'SELECT rowid FROM "{table}" WHERE rowid > {after} LIMIT {_ROWS}'  # noqa: S608 - names from the catalogue
    while True:
        with database.command() as connection:
            deleted = connection.execute(text(f'DELETE FROM "{table}" WHERE rowid IN ({first})'))  # noqa: S608
        if deleted.rowcount < _ROWS:
            return
        sleep(_PAUSE_SECONDS)


def _indexes_of(connection: Connection, name: str) -> list[str]:
    """List the table's indexes, except those of its constraints."""
    statement = text("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = :name")
    return list(connection.execute(statement, {"name": name}).scalars())


def _tables_of(connection: Connection, name: str) -> list[str]:
    """List the tables that hold the rows; those behind a virtual table."""
    statement = text("SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN (:plain, :content, :data)")
    behind = {"content": f"{name}_content", "data": f"{name}_data"}
    names = set(connection.execute(statement, {"plain": name, **behind}).scalars())
    return sorted(names - {name}) or sorted(names)
