"""Recovery codes, for a person whose second factor is out of reach.

Each works once. Like initial passwords they are hashed by argon2: 60 random bits behind a throttle.
Source: ASVS 5.0, 6.5.1 to 6.5.4.
"""

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    delete,
    insert,
    select,
)

from izarlink_tickets.accounts import passwords
from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database import metadata

RECOVERY_CODES = 10
_GROUPS = 3
_LENGTH = _GROUPS * passwords.INITIAL_GROUP_CHARACTERS

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("hash", Text, nullable=False),
)
# Serves each use of a code, and their count.
Index(None, recovery_codes.c.account_id)


def draw_recovery_codes() -> list[str]:
    """Draw ten codes that can be read out, such as `k7mq-p2rw-x9cd`."""
    return [passwords.draw_groups(_GROUPS) for _ in range(RECOVERY_CODES)]


def hash_recovery_codes(codes: Sequence[str]) -> list[str]:
    """Hash the codes, which takes 0.2 s: call it outside transactions.

    They share one salt: comparing a code with all of them takes one hash.
    """
    first = passwords.hash_password(codes[0])
    salt = passwords.salt_of(first)
    return [first, *(passwords.hash_password(code, salt=salt) for code in codes[1:])]


def recovery_code_of(typed: str) -> str | None:
    """Return the code as it was drawn; None for other text."""
    characters = [character for character in typed.lower() if character not in "- \u2010\u2011\u00a0\u202f"]
    if len(characters) != _LENGTH or not set(characters) <= set(passwords.INITIAL_ALPHABET):
        return None
    size = passwords.INITIAL_GROUP_CHARACTERS
    return "-".join("".join(characters[at : at + size]) for at in range(0, _LENGTH, size))


def store_recovery_codes(connection: Connection, *, account_id: str, hashes: Sequence[str]) -> None:
    """Store new codes in place of the earlier ones."""
    drop_recovery_codes(connection, account_id=account_id)
    rows = [{"id": str(uuid4()), "account_id": account_id, "hash": hashed} for hashed in hashes]
    connection.execute(insert(recovery_codes), rows)


def hashes_of_recovery_codes(connection: Connection, *, account_id: str) -> list[str]:
    """Return the hashes of the unused codes, for `passwords.first_match`."""
    return list(connection.execute(select(recovery_codes.c.hash).where(_is_of(account_id))).scalars())


def use_recovery_code(connection: Connection, *, account_id: str, hashed: str) -> bool:
    """Use a code, once: of two simultaneous uses one succeeds."""
    is_code = recovery_codes.c.hash == hashed
    return connection.execute(delete(recovery_codes).where(_is_of(account_id), is_code)).rowcount == 1


def drop_recovery_codes(connection: Connection, *, account_id: str) -> None:
    """Delete all codes of an account."""
    connection.execute(delete(recovery_codes).where(_is_of(account_id)))


def _is_of(account_id: str) -> ColumnElement[bool]:
    return recovery_codes.c.account_id == account_id
