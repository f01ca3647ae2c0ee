"""The rows that a command writes: found by comparing all tables before and after, and turned into raw statements."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, inspect, select

from bench.ideal import Slot, Statement, Write
from izarlink_tickets.accounts.ticket_visits import ticket_visits
from izarlink_tickets.database import metadata
from izarlink_tickets.event_store import commands, events, log_head
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.read_model import tables_of
from izarlink_tickets.sessions.session import sessions

# What a request, or the page with its form, may touch besides its command.
_IGNORED = (sessions, ticket_visits)
Row = tuple[Any, ...]
Rows = dict[Row, Row]
Snapshot = Mapping[Table, Rows]


def snapshot(connection: Connection) -> Snapshot:
    """Load all rows of all tables by key, as the driver returns them."""
    existing = set(inspect(connection).get_table_names())
    tables = [table for table in metadata.sorted_tables if table.name in existing and table not in _IGNORED]
    tables += [table for model in LIVE for table in tables_of(model)]
    return {table: _rows(connection, table) for table in tables}


def _rows(connection: Connection, table: Table) -> Rows:
    cursor = connection.connection.cursor()
    # Not through SQLAlchemy, whose types would convert what the raw driver takes.
    cursor.execute(str(select(table).compile(dialect=connection.dialect)))
    keys = [place for place, column in enumerate(table.columns) if column.primary_key]
    return {tuple(row[place] for place in keys): tuple(row) for row in cursor.fetchall()}


def write_of(before: Snapshot, after: Snapshot, *, kind: str, body: str, location: str) -> Write:
    """Build the statements that write the same rows for another request. kind: of database."""
    written = _Written.between(before, after)
    statements = [*written.head()]
    for table in after:
        if table is not log_head:
            statements += written.changes(table, before[table], after[table])
    if kind == "postgresql":
        statements = [Statement(part.sql.replace("?", "%s"), part.rows, part.returning) for part in statements]
    stream_as = "hex" if kind == "sqlite" else "uuid"
    return Write(tuple(statements), tuple(written.fresh.values()), stream_as, body, location)


@dataclass(slots=True)
class _Written:
    """The values of one request that another one has differently.

    version: of its first event. fresh: slots of the ids that each request draws, by the drawn id.
    """

    number: int
    position: int
    positions: int
    version: int
    stream: UUID
    command_id: str
    is_opening: bool
    fresh: dict[str, str] = field(default_factory=dict)

    @classmethod
    def between(cls, before: Snapshot, after: Snapshot) -> "_Written":
        ((_, command_id, _, number, *_),) = _inserted(before[commands], after[commands])
        appended = sorted(_inserted(before[events], after[events]))
        first, stream, version, *_ = appended[0]
        numbers = [next(iter(rows[log_head].values()))[2] for rows in (before, after)]
        return cls(number, first, len(appended), version, UUID(str(stream)), command_id, numbers[0] != numbers[1])

    def head(self) -> Iterator[Statement]:
        """Yield what takes the positions, and the ticket's number or its next version."""
        taken = f"position = position + {self.positions}"
        if self.is_opening:
            sql = f"UPDATE log_head SET {taken}, ticket_number = ticket_number + 1 RETURNING position, ticket_number"  # noqa: S608 - a number
            yield Statement(sql, ((),), ("position", "number"))
            return
        yield Statement(f"UPDATE log_head SET {taken} RETURNING position", ((),), ("position",))  # noqa: S608 - a number
        sql = "UPDATE ticket_list SET version = version + 1 WHERE number = ? RETURNING version"
        yield Statement(sql, ((Slot("number"),),), ("version",))

    def changes(self, table: Table, before: Rows, after: Rows) -> Iterator[Statement]:
        """Yield what inserts, updates and deletes the rows of a table."""
        names = [column.name for column in table.columns]
        keys = [column.name for column in table.columns if column.primary_key]
        where = " AND ".join(f"{name} = ?" for name in keys)
        new = tuple(self._slots(names, row) for row in _inserted(before, after))
        if new:
            places = ", ".join("?" for _ in names)
            sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - ours
            yield Statement(sql + _adding(table, names, keys, new), new)
        for key, row in after.items():
            if key in before and before[key] != row:
                sets, values = self._sets(names, before[key], row)
                sql = f"UPDATE {table.name} SET {', '.join(sets)} WHERE {where}"  # noqa: S608 - ours
                yield Statement(sql, ((*values, *self._slots(keys, key)),))
        for key in before.keys() - after.keys():
            yield Statement(f"DELETE FROM {table.name} WHERE {where}", (self._slots(keys, key),))  # noqa: S608 - ours

    def _sets(self, names: list[str], old: Row, new: Row) -> tuple[list[str], list[Any]]:
        sets, values = list[str](), list[Any]()
        for name, before, after in zip(names, old, new, strict=True):
            if before == after:
                continue
            # A truth value is an int too.
            if type(before) is type(after) is int and name not in {"version", "entry"}:
                sets.append(f"{name} = {name} + {after - before}")
            else:
                sets.append(f"{name} = ?")
                values += self._slots([name], (after,))
        return sets, values

    def _slots(self, names: list[str], row: Row) -> Row:
        return tuple(self._slot(name, value) for name, value in zip(names, row, strict=True))

    def _slot(self, name: str, value: Any) -> Any:  # noqa: ANN401 - of any column
        """Replace what differs with each request by a slot."""
        if value in (self.stream, self.stream.hex):
            return Slot("stream")
        if value == self.command_id:
            return Slot("command")
        if name in {"number", "rowid"} and value == self.number:
            return Slot("number")
        if name == "position":
            return Slot("position", value - self.position - self.positions + 1)
        if name in {"version", "entry"} and not self.is_opening:
            return Slot("version", value - self.version)
        if name in {"id", "file_id"} and isinstance(value, str):
            return Slot(self.fresh.setdefault(value, f"fresh{len(self.fresh)}"))
        return value


def _adding(table: Table, names: list[str], keys: list[str], rows: tuple[Row, ...]) -> str:
    """Return what adds to a row that exists, for rows whose key no request changes: those of counters."""
    places = [names.index(key) for key in keys]
    if any(isinstance(row[place], Slot) for row in rows for place in places):
        return ""
    sets = [f"{name} = {table.name}.{name} + excluded.{name}" for name in names if name not in keys]
    return f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(sets)}"


def _inserted(before: Rows, after: Rows) -> list[Row]:
    return [row for key, row in after.items() if key not in before]
