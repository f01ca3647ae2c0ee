"""Comparison of the live read models with the log, page by page.

Pages of tickets are folded from the log, and their live rows loaded beside them: memory does not grow with the log, and
the database makes no tables.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.bulk import BulkTables, count, numbers_of
from izarlink_tickets.projections.read_model import TicketRows, tables_of
from izarlink_tickets.projections.ticket_count_table import Counts, count_rows, storage_rows


@dataclass(frozen=True, slots=True)
class Difference:
    """Numbers of rows that only one side of a table has."""

    table: str
    only_live: int
    only_rebuilt: int


class Comparison:
    """The rows of the live tables, compared so far."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tables = BulkTables(LIVE, connection.dialect)
        self._expected, self._matching = Counter[str](), Counter[str]()
        self._counts: Counts = Counter()

    def add(self, tickets: Sequence[TicketRows]) -> None:
        """Compare the rows of some tickets."""
        numbers = numbers_of(tickets)
        self._counts.update(count(tickets))
        for bulk, rows in self._tables.encoded(tickets).items():
            self._expected[bulk.name] += len(rows)
            self._matching[bulk.name] += len(set(rows).intersection(bulk.load(self._connection, numbers)))

    def differences(self) -> list[Difference]:
        """Return the differences of all tables, after the last ticket."""
        self._add_counts()
        return list(self._differences())

    def _add_counts(self) -> None:
        kept = ((self._tables.counts, count_rows), (self._tables.storage, storage_rows))
        for table, rows_of in kept:
            expected = rows_of(self._counts)
            self._expected[table.name] = len(expected)
            self._matching[table.name] = len(set(expected).intersection(table.load_all(self._connection)))

    def _differences(self) -> Iterator[Difference]:
        """Compare numbers of rows: what matches nothing is on one side alone."""
        for table in (table for live in LIVE for table in tables_of(live)):
            total = self._connection.execute(select(func.count()).select_from(table)).scalar_one()
            matching = self._matching[table.name]
            only_live, only_rebuilt = total - matching, self._expected[table.name] - matching
            if only_live or only_rebuilt:
                yield Difference(table.name, only_live, only_rebuilt)
