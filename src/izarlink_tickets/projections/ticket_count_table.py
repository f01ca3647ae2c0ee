"""Kept counts of tickets, for tabs and lists.

A ticket counts for everybody, its organisation, its technician and its requester. The number of rows depends on these,
not on the number of tickets.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Integer, String, Text, bindparam, delete
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


def count_keys(row: Mapping[str, Any]) -> Iterator[CountKey]:
    """Yield the counts that include a row of the list."""
    kind = (row["ticket_type"], row["state"])
    exactly = (*kind, row["awaiting"] or NO_PARTY, row["urgency"] or NO_URGENCY)
    yield CountKey(ANY, ANY, *exactly)
    yield CountKey(row["organisation_id"], ANY, *exactly)
    yield CountKey(row["organisation_id"], row["requester_id"], *kind, row["awaiting"] or NO_PARTY)
    if row["assignee_id"]:
        yield CountKey(ANY, row["assignee_id"], *exactly)


def count_differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> dict[CountKey, int]:
    """Return what a change of a row adds to the counts.

    before: None for a new ticket.
    """
    differences = Counter(count_keys(after))
    differences.subtract(count_keys(before) if before else ())
    return {key: difference for key, difference in differences.items() if difference}


def count_rows(counts: Mapping[CountKey, int]) -> list[tuple[Any, ...]]:
    """Return the rows of counts, in the order of the table's columns."""
    return [(*key, tickets) for key, tickets in counts.items() if tickets]


class TicketCounts:
    """Table `ticket_list_counts`, without rows that count nothing."""

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
        self._upsert = {
            name: PreparedStatement(
                row.on_conflict_do_update(
                    index_elements=list(self.table.primary_key), set_={"tickets": column.tickets + row.excluded.tickets}
                )
            )
            for name, row in (("sqlite", sqlite.insert(self.table)), ("postgresql", postgresql.insert(self.table)))
        }
        is_of_key = (column[name] == bindparam(f"of_{name}") for name in CountKey._fields)
        self._delete_empty = PreparedStatement(delete(self.table).where(*is_of_key, column.tickets == 0))

    def add(self, connection: Connection, differences: Mapping[CountKey, int]) -> None:
        """Add to the counts in key order, to avoid deadlocks."""
        rows = [key._asdict() | {"tickets": difference} for key, difference in sorted(differences.items())]
        self._upsert[connection.dialect.name].execute(connection, *rows)
        lowered = sorted(key for key, difference in differences.items() if difference < 0)
        keys = ({f"of_{name}": value for name, value in key._asdict().items()} for key in lowered)
        self._delete_empty.execute(connection, *keys)
