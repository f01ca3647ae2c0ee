"""Kept counts of tickets, and kept sizes of their files.

A ticket counts for everybody, its organisation, its technician and its requester; its files for its organisation. The
number of rows depends on these, not on the number of tickets.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, Text, bindparam, delete
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.projections.read_model import ReadModel

ANY = ""  # in place of an organisation or account: counts the tickets of all
# In place of a value that the ticket doesn't have, or that isn't told apart.
NO_PARTY, NO_URGENCY = "", 0


class CountKey(NamedTuple):
    """The row that counts a ticket.

    organisation_id with account_id: of a requester. account_id alone: of the assignee.
    """

    organisation_id: str
    account_id: str
    ticket_type: str
    state: str
    awaiting: str = NO_PARTY
    urgency: int = NO_URGENCY


class StorageKey(NamedTuple):
    """The row that adds up the bytes of an organisation's files."""

    organisation_id: str


Counts: TypeAlias = Counter[CountKey | StorageKey]


def counts_of(row: Mapping[str, Any]) -> Counts:
    """Return what a row adds to the counts and sizes."""
    counts: Counts = Counter(count_keys(row))
    if row["file_bytes"]:
        counts[StorageKey(row["organisation_id"])] = row["file_bytes"]
    return counts


def count_keys(row: Mapping[str, Any]) -> Iterator[CountKey]:
    """Yield the counts that include a row of the list."""
    kind = (row["ticket_type"], row["state"])
    exactly = (*kind, row["awaiting"] or NO_PARTY, row["urgency"] or NO_URGENCY)
    yield CountKey(ANY, ANY, *exactly)
    yield CountKey(row["organisation_id"], ANY, *exactly)
    yield CountKey(row["organisation_id"], row["requester_id"], *kind, row["awaiting"] or NO_PARTY)
    if row["assignee_id"]:
        yield CountKey(ANY, row["assignee_id"], *exactly)


def count_differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> Counts:
    """Return what a change of a row adds to the counts.

    before: None for a new ticket.
    """
    differences = counts_of(after)
    differences.subtract(counts_of(before) if before else ())
    return Counter({key: difference for key, difference in differences.items() if difference})


def count_rows(counts: Counts) -> list[tuple[Any, ...]]:
    """Return the rows of counts, in the order of the table's columns."""
    return [(*key, tickets) for key, tickets in counts.items() if tickets and isinstance(key, CountKey)]


def storage_rows(counts: Counts) -> list[tuple[Any, ...]]:
    """Return the rows of sizes, in the order of the table's columns."""
    return [(*key, file_bytes) for key, file_bytes in counts.items() if file_bytes and isinstance(key, StorageKey)]


class TicketCounts:
    """Tables `ticket_list_counts`, without rows that count nothing, and `ticket_list_storage`."""

    def __init__(self, model: ReadModel) -> None:
        self.table = model.table(
            "ticket_list_counts",
            Column("organisation_id", String(36), primary_key=True),
            Column("account_id", String(36), primary_key=True),
            Column("ticket_type", Text, primary_key=True),
            Column("state", Text, primary_key=True),
            Column("awaiting", Text, primary_key=True),
            Column("urgency", Integer, primary_key=True, autoincrement=False),
            Column("tickets", Integer, nullable=False),
        )
        column = self.table.c
        self.storage = model.table(
            "ticket_list_storage",
            Column("organisation_id", String(36), primary_key=True),
            Column("file_bytes", BigInteger, nullable=False),
        )
        self._add_tickets, self._add_bytes = _additions(self.table, "tickets"), _additions(self.storage, "file_bytes")
        is_of_key = (column[name] == bindparam(f"of_{name}") for name in CountKey._fields)
        self._delete_empty = PreparedStatement(delete(self.table).where(*is_of_key, column.tickets == 0))

    def add(self, connection: Connection, differences: Counts) -> None:
        """Add to the counts in key order, to avoid deadlocks."""
        dialect, counts = connection.dialect.name, sorted(count_rows(differences))
        names = self.table.c.keys()
        self._add_tickets[dialect].execute(connection, *(dict(zip(names, row, strict=True)) for row in counts))
        lowered = (CountKey(*row[:-1]) for row in counts if row[-1] < 0)
        keys = ({f"of_{name}": value for name, value in key._asdict().items()} for key in lowered)
        self._delete_empty.execute(connection, *keys)
        sizes = [dict(zip(self.storage.c.keys(), row, strict=True)) for row in sorted(storage_rows(differences))]
        self._add_bytes[dialect].execute(connection, *sizes)


def _additions(table: Table, name: str) -> dict[str, PreparedStatement]:
    """Build the statement that adds to a column, by dialect."""
    inserts: dict[str, sqlite.Insert | postgresql.Insert] = {
        "sqlite": sqlite.insert(table),
        "postgresql": postgresql.insert(table),
    }
    return {
        dialect: PreparedStatement(
            row.on_conflict_do_update(
                index_elements=list(table.primary_key), set_={name: table.c[name] + row.excluded[name]}
            )
        )
        for dialect, row in inserts.items()
    }
