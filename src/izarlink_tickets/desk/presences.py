"""Technicians who have a ticket open, remembered for a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    delete,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement, Timestamp, metadata

# An open page reports itself every 20 seconds: two reports may be lost before its viewer seems gone.
LIFETIME = timedelta(seconds=60)
CODE_LENGTH = 20

presences = Table(
    "presences",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), primary_key=True),
    # The code of what is being written, empty while only reading.
    Column("writing", String(CODE_LENGTH), nullable=False),
    Column("seen_at", Timestamp, nullable=False),
)
# Serves deleting those that are over.
Index(None, presences.c.seen_at)

_IS_OWN = (presences.c.number == bindparam("of_number")) & (presences.c.account_id == bindparam("of_account"))
_OWN = PreparedStatement(select(presences.c.writing, presences.c.seen_at).where(_IS_OWN))
_UPSERT = {
    name: PreparedStatement(
        row.on_conflict_do_update(
            index_elements=list(presences.primary_key),
            set_={"writing": row.excluded.writing, "seen_at": row.excluded.seen_at},
        )
    )
    for name, row in (("sqlite", sqlite.insert(presences)), ("postgresql", postgresql.insert(presences)))
}
_OTHERS = PreparedStatement(
    select(accounts.c.name, presences.c.writing)
    .join(accounts, accounts.c.id == presences.c.account_id)
    .where(
        presences.c.number == bindparam("of_number"),
        presences.c.account_id != bindparam("of_account"),
        presences.c.seen_at > bindparam("since"),
        accounts.c.active,
    )
    .order_by(accounts.c.name)
)


@dataclass(frozen=True, slots=True)
class PresentColleague:
    """A colleague who has the ticket open.

    writing: the code of the form in use, empty while only reading.
    """

    name: str
    writing: str


def last_presence(connection: Connection, *, number: int, account_id: str) -> tuple[str, datetime] | None:
    """Return the account's last presence: form code and moment."""
    row = _OWN.first(connection, {"of_number": number, "of_account": account_id})
    return (row[0], row[1]) if row else None


def store_presence(connection: Connection, *, number: int, account_id: str, writing: str, now: datetime) -> None:
    """Store that the account has the ticket open. now: aware UTC."""
    row = {"number": number, "account_id": account_id, "writing": writing, "seen_at": now}
    _UPSERT[connection.dialect.name].execute(connection, row)


def other_presences(connection: Connection, *, number: int, account_id: str, now: datetime) -> list[PresentColleague]:
    """List the other accounts that have the ticket open, by name.

    now: aware UTC.
    """
    values = {"of_number": number, "of_account": account_id, "since": now - LIFETIME}
    return [PresentColleague(*row) for row in _OTHERS.all(connection, values)]


def delete_past_presences(connection: Connection, *, now: datetime) -> None:
    """Delete the presences that are over. now: aware UTC."""
    connection.execute(delete(presences).where(presences.c.seen_at <= now - LIFETIME))
