"""Passkeys of accounts: their public keys, sealed for the person.

`passkey_ceremony` checks what browsers answer. Source: Web Authentication, level 3.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)

from izarlink_tickets.accounts.passkey_ceremony import NewPasskey
from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.sealing import Keys

# As many devices as one person has; more would fill the page.
MAX_PASSKEYS = 10

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    # SHA-256 in hex, which finds the passkey of a person who has typed nothing.
    Column("credential_hash", String(64), nullable=False, unique=True),
    # Name, credential id and public key.
    Column("sealed", Text, nullable=False),
    # How often the authenticator has signed; 0 where it doesn't count.
    Column("sign_count", BigInteger, nullable=False),
    Column("added_at", Timestamp, nullable=False),
    Column("last_used_at", Timestamp),
)
# Serves the second step of a sign-in, and the profile.
Index(None, passkeys.c.account_id)

_COLUMNS = (
    passkeys.c.id,
    passkeys.c.account_id,
    passkeys.c.sealed,
    passkeys.c.sign_count,
    passkeys.c.added_at,
    passkeys.c.last_used_at,
)


class PasskeyTaken(Refusal):
    """The passkey is stored already, for this or another account."""


@dataclass(eq=False)
class TooManyPasskeys(Refusal):
    """The account has as many passkeys as it may. maximum: that number."""

    maximum: int


class PasskeyUnknown(Refusal):
    """The account has no such passkey."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey of an account. Times are aware UTC."""

    id: str
    account_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    added_at: datetime
    last_used_at: datetime | None


def store_passkey(
    connection: Connection, keys: Keys, *, account_id: str, name: str, new: NewPasskey, now: datetime
) -> None:
    """Store a passkey. Raises: PasskeyTaken, TooManyPasskeys."""
    hashed = _hash(new.credential_id)
    if connection.execute(select(passkeys.c.id).where(passkeys.c.credential_hash == hashed)).first():
        raise PasskeyTaken
    if len(connection.execute(select(passkeys.c.id).where(passkeys.c.account_id == account_id)).all()) >= MAX_PASSKEYS:
        raise TooManyPasskeys(MAX_PASSKEYS)
    passkey_id = str(uuid4())
    content = {"name": name, "credential_id": _encoded(new.credential_id), "public_key": _encoded(new.public_key)}
    row = {
        "id": passkey_id,
        "account_id": account_id,
        "credential_hash": hashed,
        "sealed": keys.seal(account_id, orjson.dumps(content).decode(), context=_context(passkey_id)),
        "sign_count": new.sign_count,
        "added_at": now,
    }
    connection.execute(insert(passkeys), row)


def list_passkeys(connection: Connection, keys: Keys, *, account_id: str) -> list[Passkey]:
    """Return the account's passkeys, the oldest first; none after an erasure."""
    statement = select(*_COLUMNS).where(passkeys.c.account_id == account_id)
    return _opened(keys, connection.execute(statement.order_by(passkeys.c.added_at, passkeys.c.id)))


def find_passkey(connection: Connection, keys: Keys, *, credential_id: bytes) -> Passkey | None:
    """Find the passkey that a browser answered with."""
    statement = select(*_COLUMNS).where(passkeys.c.credential_hash == _hash(credential_id))
    return next(iter(_opened(keys, connection.execute(statement))), None)


def use_passkey(connection: Connection, *, passkey_id: str, sign_count: int, now: datetime) -> bool:
    """Record a use; return False if another one came first.

    sign_count: of the answer; 0 from an authenticator that doesn't count.
    """
    counted = passkeys.c.sign_count
    is_next = (counted < sign_count) if sign_count else (counted == 0)
    statement = update(passkeys).where(passkeys.c.id == passkey_id, is_next)
    return connection.execute(statement.values(sign_count=sign_count, last_used_at=now)).rowcount == 1


def drop_passkey(connection: Connection, *, account_id: str, passkey_id: str) -> None:
    """Delete one of the account's passkeys. Raises: PasskeyUnknown."""
    if not _drop(connection, passkeys.c.account_id == account_id, passkeys.c.id == passkey_id):
        raise PasskeyUnknown


def drop_passkeys(connection: Connection, *, account_id: str) -> int:
    """Delete all passkeys of an account, and return how many."""
    return _drop(connection, passkeys.c.account_id == account_id)


def sealed_passkeys(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield account, sealed content and context of each passkey."""
    for passkey_id, account_id, sealed in connection.execute(
        select(passkeys.c.id, passkeys.c.account_id, passkeys.c.sealed)
    ):
        yield account_id, sealed, _context(passkey_id)


def _drop(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(delete(passkeys).where(*conditions)).rowcount


def _opened(keys: Keys, rows: Iterable[Row[Any]]) -> list[Passkey]:
    opened = ((row, keys.open(row.sealed, context=_context(row.id))) for row in rows)
    return [_passkey_of(row, content) for row, content in opened if content is not None]


def _passkey_of(row: Row[Any], content: str) -> Passkey:
    stored = orjson.loads(content)
    return Passkey(
        row.id,
        row.account_id,
        stored["name"],
        urlsafe_b64decode(stored["credential_id"]),
        urlsafe_b64decode(stored["public_key"]),
        row.sign_count,
        row.added_at,
        row.last_used_at,
    )


def _hash(credential_id: bytes) -> str:
    return sha256(credential_id).hexdigest()


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()


def _context(passkey_id: str) -> str:
    return f"passkey:{passkey_id}"
