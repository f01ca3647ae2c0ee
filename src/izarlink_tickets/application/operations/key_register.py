"""Register of the master keys that were seen in use.

It tells their age, and which backups need them. It holds fingerprints, which reveal no key.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Column, Connection, String, Table, func, insert, select, update

from izarlink_tickets.config import MasterKeys, fingerprint_of
from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.sealing import present_master_key


class KeyPurpose(StrEnum):
    """The two master keys."""

    SECRET = "secret"  # noqa: S105 - a purpose
    SEALING = "sealing"


class RegisteredKey(NamedTuple):
    """A master key.

    since, until: aware UTC; until is None while it is in use.
    """

    fingerprint: str
    purpose: KeyPurpose
    since: datetime
    until: datetime | None


master_keys = Table(
    "master_keys",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("since", Timestamp, nullable=False),
    # NULL while it is in use.
    Column("until", Timestamp),
)


def list_keys(connection: Connection) -> list[RegisteredKey]:
    """List all master keys, those in use first."""
    order = master_keys.c.until.is_not(None), master_keys.c.purpose, master_keys.c.since.desc()
    rows = connection.execute(select(master_keys).order_by(*order))
    return [RegisteredKey(row.fingerprint, KeyPurpose(row.purpose), row.since, row.until) for row in rows]


def register_keys(connection: Connection, keys: MasterKeys) -> None:
    """Register the keys in use, unless they already are."""
    in_use = {(key.purpose, key.fingerprint) for key in list_keys(connection) if key.until is None}
    sealing = present_master_key(connection) or fingerprint_of(keys.sealing.newest)
    for purpose, fingerprint in ((KeyPurpose.SECRET, fingerprint_of(keys.secret)), (KeyPurpose.SEALING, sealing)):
        if (purpose, fingerprint) not in in_use:
            register_key(connection, purpose, fingerprint)


def register_key(connection: Connection, purpose: KeyPurpose, fingerprint: str) -> None:
    """Register that a key is in use from now on.

    The one before no longer is. The database's clock is used; no rule depends on these times.
    """
    is_same = master_keys.c.fingerprint == fingerprint
    before = update(master_keys).where(master_keys.c.purpose == purpose.value, master_keys.c.until.is_(None), ~is_same)
    connection.execute(before.values(until=func.now()))
    if not connection.execute(update(master_keys).where(is_same).values(until=None)).rowcount:
        new = insert(master_keys).values(fingerprint=fingerprint, purpose=purpose.value, since=func.now())
        connection.execute(new)
