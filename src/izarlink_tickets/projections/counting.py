"""How many tickets there are of a type in a state, of each organisation and of all together."""

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, Text, bindparam, insert, update

from izarlink_tickets.projections.read_model import prefixes

EVERY_ORGANISATION = ""  # under which all tickets are counted


class CountKey(NamedTuple):
    """Under what a ticket is counted: an organisation's id, and the codes of its type and its state."""

    organisation_id: str
    ticket_type: str
    state: str


class TicketCounts:
    """Table `ticket_list_counts`. The live one counts with each command; a rebuild counts aside and writes at the end.

    For PostgreSQL keeps each version of a row until the transaction is over, and goes through them all to find the
    last. A verification is one transaction: at the hundred-thousandth event it would go through tens of thousands.
    """

    def __init__(self, suffix: str, model: MetaData, *, temporary: bool) -> None:
        self._aside: Counter[CountKey] | None = Counter() if suffix else None
        self.table = Table(
            f"ticket_list_counts{suffix}",
            model,
            Column("organisation_id", String(36), primary_key=True),
            Column("ticket_type", Text, primary_key=True),
            Column("state", Text, primary_key=True),
            Column("tickets", Integer, nullable=False),
            prefixes=prefixes(temporary=temporary),
        )
        self._insert = insert(self.table)
        self._add = (
            update(self.table)
            .where(*(self.table.c[name] == bindparam(f"of_{name}") for name in CountKey._fields))
            .values(tickets=self.table.c.tickets + bindparam("more"))
        )

    def add(self, connection: Connection, kind: CountKey, more: int) -> None:
        """Count so many more tickets of a kind, or fewer."""
        for one in (kind, kind._replace(organisation_id=EVERY_ORGANISATION)):
            if self._aside is not None:
                self._aside[one] += more
                continue
            values = {f"of_{name}": code for name, code in one._asdict().items()} | {"more": more}
            if not connection.execute(self._add, values).rowcount:
                connection.execute(self._insert, one._asdict() | {"tickets": more})

    def write(self, connection: Connection) -> None:
        """Write what was counted aside."""
        if self._aside:
            rows = [kind._asdict() | {"tickets": tickets} for kind, tickets in self._aside.items()]
            connection.execute(self._insert, rows)
