"""Everything that is stored, without ids and seals, to compare."""

import re
from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, Table, select

from izarlink_tickets.application import Portal
from izarlink_tickets.database import metadata

# Tables that no command writes, or whose rows count attempts and visits.
LEFT_OUT = frozenset({"snapshots"})
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_SEAL = re.compile(r"[\w+/=-]{38,}")
Rows = Mapping[str, list[str]]


def stored(portal: Portal) -> Rows:
    """Return the rows of all tables as comparable texts."""
    with portal.database.query() as connection:
        return {
            table.name: sorted(_rows(connection, table))
            for table in metadata.sorted_tables
            if table.name not in LEFT_OUT
        }


def changes(before: Rows, after: Rows) -> Rows:
    """Return the rows that are new, by table."""
    found = {}
    for table, rows in after.items():
        left = list(before[table])
        new = [row for row in rows if row not in left or left.remove(row)]  # type: ignore[func-returns-value]
        if new:
            found[table] = new
    return found


def attribute_names() -> list[str]:
    """Return the names of all columns and of all fields of events."""
    from izarlink_tickets.domain import account, events  # noqa: PLC0415 - their classes alone

    columns = {column.name for table in metadata.sorted_tables for column in table.columns}
    classes = [value for module in (account, events) for value in vars(module).values() if isinstance(value, type)]
    fields = {name for each in classes for name in getattr(each, "__annotations__", {})}
    return sorted(name for name in columns | fields if name.isidentifier() and not name.startswith("_"))


def _rows(connection: Connection, table: Table) -> list[str]:
    return [" | ".join(_text(value) for value in row) for row in connection.execute(select(table))]


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        value = orjson.dumps(orjson.loads(raw), option=orjson.OPT_SORT_KEYS).decode() if raw[:1] == b"{" else "bytes"
    return _SEAL.sub("…", _ID.sub("id", str(value)))
