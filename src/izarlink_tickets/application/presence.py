"""Who of the desk has a ticket open just now, and who is writing on it: seen for a minute, then forgotten.

It keeps two technicians from answering at once; it decides nothing, and no customer ever learns of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

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
    insert,
    select,
    update,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.application.transaction import with_retries
from izarlink_tickets.database import Database, Timestamp, metadata
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor

# An open page says every 20 seconds that it is there: two may be lost before its person seems gone.
LIFETIME = timedelta(seconds=60)
# Said just now is said: looking at a page again writes nothing.
REPEATED_AFTER = timedelta(seconds=15)
_CODE_LENGTH = 20

presences = Table(
    "presences",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), primary_key=True),
    # The code of what is being written, empty while only reading.
    Column("writing", String(_CODE_LENGTH), nullable=False),
    Column("seen_at", Timestamp, nullable=False),
)
# What can be thrown away.
Index(None, presences.c.seen_at)

_IS_MINE = (presences.c.number == bindparam("of_number")) & (presences.c.account_id == bindparam("of_account"))
_OWN = select(presences.c.writing, presences.c.seen_at).where(_IS_MINE)
_SEE = update(presences).where(_IS_MINE).values(writing=bindparam("to_writing"), seen_at=bindparam("at"))
_OTHERS = (
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
_DROP = delete(presences).where(presences.c.seen_at <= bindparam("since"))


Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PresentColleague:
    """A colleague who has the ticket open. writing: the code of what, empty while only reading."""

    name: str
    writing: str


class Presence:
    """Note and tell who is there. `now`: aware UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, viewer: Actor, *, number: int, now: datetime, writing: str = "") -> None:
        """Note that the viewer has the ticket open. writing: the code of what he writes. Raises: NotAllowed."""
        access.require(allowed=access.is_staff(viewer))
        row = {"number": number, "account_id": viewer.account_id, "writing": writing[:_CODE_LENGTH], "seen_at": now}
        with self._database.query() as connection:
            known = connection.execute(_OWN, _keys(row)).first()
        if known and known.writing == row["writing"] and now - known.seen_at < REPEATED_AFTER:
            return
        with_retries(lambda: self._store(row))

    def _store(self, row: Row) -> None:
        with self._database.command() as connection:
            seen = {**_keys(row), "to_writing": row["writing"], "at": row["seen_at"]}
            if connection.execute(_SEE, seen).rowcount == 0:
                connection.execute(insert(presences), row)


def colleagues_on(connection: Connection, viewer: Actor, *, number: int, now: datetime) -> list[PresentColleague]:
    """List who else of the desk has the ticket open, by name. Raises: NotAllowed."""
    access.require(allowed=access.is_staff(viewer))
    values = {"of_number": number, "of_account": viewer.account_id, "since": now - LIFETIME}
    return [PresentColleague(row.name, row.writing) for row in connection.execute(_OTHERS, values)]


def _keys(row: Row) -> Row:
    return {"of_number": row["number"], "of_account": row["account_id"]}


def drop_past_presences(connection: Connection, *, now: datetime) -> None:
    """Forget who was there."""
    connection.execute(_DROP, {"since": now - LIFETIME})
