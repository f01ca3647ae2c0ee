"""Secrets of mailed links for a forgotten password or a new address.

A secret has 256 random bits, and is stored as a hash.
An account may have several, since each attempt to send a mail makes a new one; each works once.
Source: ASVS 5.0 6.4.3.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Row,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
)

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal

TOKEN_BYTES = 32


class Purpose(StrEnum):
    """The purpose of a link."""

    RESET = "reset"
    EMAIL = "email"


# A reset is used at once; a new mailbox may be out of reach until the evening.
LIFETIMES = {Purpose.RESET: timedelta(minutes=30), Purpose.EMAIL: timedelta(hours=24)}


class LinkNotValid(Refusal):
    """The link was used, expired, serves another purpose or never existed."""


tokens = Table(
    "tokens",
    metadata,
    # SHA-256 in hex: a reader of the table can't use a link.
    Column("hash", String(64), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("purpose", Text, nullable=False),
    # The new address that the link confirms; else NULL.
    Column("data", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# Serves revoking an account's links.
Index(None, tokens.c.account_id)
# Serves the deletion of expired rows.
Index(None, tokens.c.expires_at)

_IS_VALID = (
    (tokens.c.hash == bindparam("of_hash"))
    & (tokens.c.purpose == bindparam("for_purpose"))
    & (tokens.c.expires_at > bindparam("at"))
    # Created in the future: the clock was ahead then, and the link would live too long.
    & (tokens.c.created_at <= bindparam("ahead"))
)


@dataclass(frozen=True, slots=True)
class Proof:
    """The account of a valid link. data: the new address or None."""

    account_id: str
    data: str | None


def create_token(
    connection: Connection, *, account_id: str, purpose: Purpose, now: datetime, data: str | None = None
) -> str:
    """Create and return a link's secret: 43 URL-safe characters."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "hash": hash_of_secret(token),
        "account_id": account_id,
        "purpose": purpose.value,
        "data": data,
        "created_at": now,
        "expires_at": now + LIFETIMES[purpose],
    }
    connection.execute(insert(tokens), row)
    return token


def find_token(connection: Connection, *, token: str, purpose: Purpose, now: datetime) -> Proof:
    """Find a link without using it, to show its form. Raises: LinkNotValid."""
    statement = select(tokens.c.account_id, tokens.c.data).where(_IS_VALID)
    return _proof(connection.execute(statement, _key(token, purpose, now)).first())


def use_token(connection: Connection, *, token: str, purpose: Purpose, now: datetime) -> Proof:
    """Use a link, once: of two simultaneous uses one succeeds. Raises: LinkNotValid."""
    statement = delete(tokens).where(_IS_VALID).returning(tokens.c.account_id, tokens.c.data)
    return _proof(connection.execute(statement, _key(token, purpose, now)).first())


def drop_tokens(connection: Connection, *, account_id: str) -> None:
    """Revoke all links of an account."""
    connection.execute(delete(tokens).where(tokens.c.account_id == account_id))


def drop_expired_tokens(connection: Connection, *, now: datetime) -> int:
    """Delete expired links, and return how many."""
    return connection.execute(delete(tokens).where(tokens.c.expires_at <= now)).rowcount


def _proof(row: Row[str, str | None] | None) -> Proof:
    if row is None:
        raise LinkNotValid
    return Proof(row[0], row[1])


def _key(token: str, purpose: Purpose, now: datetime) -> dict[str, object]:
    return {"of_hash": hash_of_secret(token), "for_purpose": purpose.value, "at": now, "ahead": now + CLOCK_TOLERANCE}


def hash_of_secret(secret: str) -> str:
    """Return the hash under which a random secret is stored."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
