"""The last public event that each customer has seen of each ticket."""

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Integer, String, Table
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import metadata

ticket_visits = Table(
    "ticket_visits",
    metadata,
    Column("account_id", String(36), ForeignKey(accounts.c.id), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    # Of the ticket's stream.
    Column("version", Integer, nullable=False),
)


def _upsert(row: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    version = row.excluded.version
    # A page that was loaded earlier and answered later takes nothing back.
    return row.on_conflict_do_update(
        index_elements=list(ticket_visits.primary_key),
        set_={"version": version},
        where=version > ticket_visits.c.version,
    )


# Built once: ticket pages run it.
_UPSERT = {
    "sqlite": _upsert(sqlite.insert(ticket_visits)),
    "postgresql": _upsert(postgresql.insert(ticket_visits)),
}


def store_visit(connection: Connection, *, account_id: str, number: int, version: int) -> None:
    """Store what the person has seen of the ticket."""
    row = {"account_id": account_id, "number": number, "version": version}
    connection.execute(_UPSERT[connection.dialect.name], row)
