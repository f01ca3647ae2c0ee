"""Counts of tickets by organisation, type and state."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Column, Connection, Integer, String, Text, bindparam, insert, update

from izarlink_tickets.projections.read_model import ReadModel

EVERY_ORGANISATION = ""  # counts the tickets of all organisations


class CountKey(NamedTuple):
    """The row that counts a ticket."""

    organisation_id: str
    ticket_type: str
    state: str


class TicketCounts:
    """Table `ticket_list_counts`.

    Commands update the live one; a rebuild counts in memory and writes at the end.
    PostgreSQL keeps each version of a row until the transaction ends, and reads them all to find the last. A
    verification is one transaction: at the hundred-thousandth event it would read tens of thousands.
    """

    def __init__(self, model: ReadModel) -> None:
        self._in_memory: Counter[CountKey] | None = Counter() if model.suffix else None
        self.table = model.table(
            "ticket_list_counts",
            Column("organisation_id", String(36), primary_key=True),
            Column("ticket_type", Text, primary_key=True),
            Column("state", Text, primary_key=True),
            Column("tickets", Integer, nullable=False),
        )
        self._insert = insert(self.table)
        self._add = (
            update(self.table)
            .where(*(self.table.c[name] == bindparam(f"of_{name}") for name in CountKey._fields))
            .values(tickets=self.table.c.tickets + bindparam("difference"))
        )

    def add(self, connection: Connection, key: CountKey, difference: int) -> None:
        """Add to the counts of the organisation and of all organisations."""
        for counted in (key, key._replace(organisation_id=EVERY_ORGANISATION)):
            if self._in_memory is not None:
                self._in_memory[counted] += difference
                continue
            values = {f"of_{name}": code for name, code in counted._asdict().items()} | {"difference": difference}
            if not connection.execute(self._add, values).rowcount:
                connection.execute(self._insert, counted._asdict() | {"tickets": difference})

    def write(self, connection: Connection) -> None:
        """Store the counts of a rebuild."""
        if self._in_memory:
            rows = [key._asdict() | {"tickets": tickets} for key, tickets in self._in_memory.items()]
            connection.execute(self._insert, rows)
