"""Links that prove who reads a mail: a forgotten password, a new address. 256 random bits, of which a hash is kept.

Several may live at once, because each attempt to send a mail makes a new one (D8); each works once.
Source: ASVS 5.0 6.4.3.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, Text, bindparam, delete, insert, select

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal

TOKEN_BYTES = 32


class Purpose(StrEnum):
    """What a link is good for."""

    RESET = "reset"
    EMAIL = "email"


# A forgotten password is wanted now; a new mailbox may not be at hand before the evening.
LIFETIMES = {Purpose.RESET: timedelta(minutes=30), Purpose.EMAIL: timedelta(hours=24)}


class LinkNotValid(Refusal):
    """The link was used, has expired, was made for something else or never existed: all answer alike."""


tokens = Table(
    "tokens",
    metadata,
    # SHA-256 in hex: whoever reads the table can't use a link.
    Column("hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("purpose", Text, nullable=False),
    # For a new address: the address that the link confirms.
    Column("data", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# All links of an account die together.
Index(None, tokens.c.account_id)
# What can be thrown away.
Index(None, tokens.c.expires_at)

_IS_VALID = (
    (tokens.c.hash == bindparam("of_hash"))
    & (tokens.c.purpose == bindparam("for_purpose"))
    & (tokens.c.expires_at > bindparam("at"))
    # Made in time to come, it would live for longer than it may: the clock has been set back since.
    & (tokens.c.created_at <= bindparam("ahead"))
)
_FIND = select(tokens.c.account_id, tokens.c.data).where(_IS_VALID)
_USE = delete(tokens).where(_IS_VALID).returning(tokens.c.account_id, tokens.c.data)
_DROP = delete(tokens).where(tokens.c.account_id == bindparam("account"))
_DROP_EXPIRED = delete(tokens).where(tokens.c.expires_at <= bindparam("at"))


@dataclass(frozen=True, slots=True)
class Proof:
    """Whose mail the link was sent to. data: for a new address, the address."""

    account_id: str
    data: str | None


def make_token(
    connection: Connection, *, account_id: str, purpose: Purpose, now: datetime, data: str | None = None
) -> str:
    """Make the secret part of a link: 43 characters that fit into a URL, never to be had again."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "hash": _hash_of(token),
        "account_id": account_id,
        "purpose": purpose.value,
        "data": data,
        "created_at": now,
        "expires_at": now + LIFETIMES[purpose],
    }
    connection.execute(insert(tokens), row)
    return token


def find_token(connection: Connection, *, token: str, purpose: Purpose, now: datetime) -> Proof:
    """Look a link up without using it, to show its form. Raises: LinkNotValid."""
    row = connection.execute(_FIND, _key(token, purpose, now)).first()
    if row is None:
        raise LinkNotValid
    return Proof(row.account_id, row.data)


def use_token(connection: Connection, *, token: str, purpose: Purpose, now: datetime) -> Proof:
    """Use a link up: of two at once, one gets it. Raises: LinkNotValid."""
    row = connection.execute(_USE, _key(token, purpose, now)).first()
    if row is None:
        raise LinkNotValid
    return Proof(row.account_id, row.data)


def drop_tokens(connection: Connection, *, account_id: str) -> None:
    """Let all links of an account die: its password or its address has changed."""
    connection.execute(_DROP, {"account": account_id})


def drop_expired_tokens(connection: Connection, *, now: datetime) -> int:
    """Throw away what nobody can use any more; give how many."""
    return connection.execute(_DROP_EXPIRED, {"at": now}).rowcount


def _key(token: str, purpose: Purpose, now: datetime) -> dict[str, object]:
    return {"of_hash": _hash_of(token), "for_purpose": purpose.value, "at": now, "ahead": now + CLOCK_TOLERANCE}


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
