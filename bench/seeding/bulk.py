"""Insertion of many rows into a table: COPY on PostgreSQL, `executemany` on SQLite."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Table

Row = Sequence[Any]


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert rows of the given columns, in the caller's transaction."""
    cursor: Any = connection.connection.cursor()  # of either driver
    names = ", ".join(columns)
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    places = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608 - names of ours
    cursor.executemany(statement, _converted(connection, table, columns, rows))


def _converted(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> Iterable[Row]:
    """Convert the values that SQLite has no type for."""
    processors = [(place, _processor(connection, table, name)) for place, name in enumerate(columns)]
    needed = [(place, process) for place, process in processors if process]
    for row in rows:
        values = list(row)
        for place, process in needed:
            values[place] = process(values[place])
        yield values


def _processor(connection: Connection, table: Table, name: str) -> Callable[[Any], Any] | None:
    return table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
