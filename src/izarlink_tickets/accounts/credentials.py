"""Passwords of accounts.

An account has its chosen password, or until then the mailed initial ones.
Reading, hashing and storing are three steps, so no transaction waits for a hash:
`find_credentials` → `Credentials.check` or `.hash_of_choice` → `set_password`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
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
    update,
)

from izarlink_tickets.accounts import passwords
from izarlink_tickets.accounts.contact import fold_email
from izarlink_tickets.accounts.passwords import PasswordFault, PasswordTooWeak
from izarlink_tickets.accounts.table import COLUMNS, Account, account_of, accounts
from izarlink_tickets.accounts.tokens import drop_tokens
from izarlink_tickets.database import CLOCK_TOLERANCE, Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal

INITIAL_LIFETIME = timedelta(days=7)
# An expired one is recognised for this long, so that its owner is told; it signs nobody in.
KEPT_EXPIRED = timedelta(days=90)

initial_passwords = Table(
    "initial_passwords",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# Serves each sign-in.
Index(None, initial_passwords.c.account_id)


class PasswordAlreadyChosen(Refusal):
    """The person has chosen a password, so no initial one is made."""


class InitialPasswordExpired(Refusal):
    """The initial password is right, and no longer valid."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The password hashes of an account; none if it doesn't exist.

    expired_hashes: expired initial passwords. They sign nobody in, and may not be chosen.
    """

    account: Account | None
    password_hash: str | None = field(repr=False)
    initial_hashes: tuple[str, ...] = field(repr=False)
    expired_hashes: tuple[str, ...] = field(repr=False)

    def check(self, password: str) -> Account | None:
        """Return the account for its password, in constant time.

        Raises: PasswordTooLong; InitialPasswordExpired, to who has typed the right one.
        """
        passwords.refuse_too_long(password)
        current = (self.password_hash,) if self.password_hash else ()
        # All in one comparison: its time says nothing about an account.
        match = passwords.first_match(password, among=(*current, *self.initial_hashes, *self.expired_hashes))
        if match is None or self.account is None or not self.account.active:
            return None
        if match in self.expired_hashes:
            raise InitialPasswordExpired
        return self.account

    def hash_of_choice(self, password: str, *, words: Iterable[str] = (), breached: Path | None = None) -> str:
        """Check and hash a chosen password.

        words: guessable words besides name and address, such as the company's name. breached: as `check_strength`.
        Raises: PasswordTooLong, PasswordTooWeak.
        """
        passwords.refuse_odd_length(password)
        current = (self.password_hash,) if self.password_hash else ()
        match = passwords.first_match(password, among=(*current, *self.initial_hashes, *self.expired_hashes))
        if match:
            is_current = match == self.password_hash
            raise PasswordTooWeak(PasswordFault.SAME_AS_BEFORE if is_current else PasswordFault.SAME_AS_INITIAL)
        about = (self.account.name, self.account.email) if self.account else ()
        passwords.check_strength(password, words=(*about, *words), breached=breached)
        return passwords.hash_password(password)


def find_credentials(connection: Connection, *, email: str, now: datetime) -> Credentials:
    """Load the credentials for a sign-in. email: as typed."""
    return _credentials(connection, accounts.c.email_folded == fold_email(email), now)


def credentials_of(connection: Connection, *, account_id: str, now: datetime) -> Credentials:
    """Load the credentials of a signed-in person."""
    return _credentials(connection, accounts.c.id == account_id, now)


def set_password(connection: Connection, *, account_id: str, password_hash: str, now: datetime) -> None:
    """Set the chosen password; revoke initial ones, links and a pending address.

    The caller ends sessions.
    """
    _store(connection, account_id, password_hash=password_hash, password_changed_at=now)


def forget_password(connection: Connection, *, account_id: str) -> None:
    """Remove the password for a reset; revoke initial ones and links."""
    _store(connection, account_id, password_hash=None, password_changed_at=None)


def create_initial_password(
    connection: Connection, *, account_id: str, now: datetime, password: str | None = None
) -> str:
    """Create and return an initial password that expires in seven days.

    Earlier ones stay valid.
    Only its hash is stored. password: already drawn; a new random one by default. Takes the time of one hash.
    Raises: PasswordAlreadyChosen: the person chose a password, and `forget_password` was not called.
    """
    # A password chosen at this moment waits for the lock, and then revokes the initial one.
    connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
    current = credentials_of(connection, account_id=account_id, now=now)
    if current.password_hash:
        raise PasswordAlreadyChosen
    # An account's initial passwords share one salt: a sign-in costs one hash, whatever the number of mails.
    salt = next((passwords.salt_of(hashed) for hashed in (*current.initial_hashes, *current.expired_hashes)), None)
    password = password or passwords.draw_initial_password()
    row = {
        "id": str(uuid4()),
        "account_id": account_id,
        "hash": passwords.hash_password(password, salt=salt),
        "created_at": now,
        "expires_at": now + INITIAL_LIFETIME,
    }
    connection.execute(insert(initial_passwords), row)
    return password


def drop_initial_passwords(connection: Connection, *, account_id: str) -> None:
    """Revoke all initial passwords of an account."""
    connection.execute(delete(initial_passwords).where(initial_passwords.c.account_id == account_id))


def drop_expired_initial_passwords(connection: Connection, *, now: datetime) -> int:
    """Delete initial passwords that expired long ago, and return how many."""
    expired_by = now - KEPT_EXPIRED
    return connection.execute(delete(initial_passwords).where(initial_passwords.c.expires_at <= expired_by)).rowcount


def _store(connection: Connection, account_id: str, **values: object) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(pending_email=None, **values))
    drop_initial_passwords(connection, account_id=account_id)
    drop_tokens(connection, account_id=account_id)


def _credentials(connection: Connection, is_account: ColumnElement[bool], now: datetime) -> Credentials:
    row = connection.execute(select(*COLUMNS, accounts.c.password_hash).where(is_account)).first()
    if row is None:
        return Credentials(None, None, (), ())
    account = account_of(row[:-1])
    valid, expired = _initial_hashes(connection, account.id, now)
    return Credentials(account, row[-1], valid, expired)


def _initial_hashes(connection: Connection, account_id: str, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the valid and the expired hashes."""
    columns = initial_passwords.c
    rows = connection.execute(select(columns.hash, columns.expires_at).where(columns.account_id == account_id)).all()
    # A later expiry than that of a password made now: the clock was ahead then, and has been set back.
    latest = now + INITIAL_LIFETIME + CLOCK_TOLERANCE
    valid = tuple(row.hash for row in rows if now < row.expires_at <= latest)
    return valid, tuple(row.hash for row in rows if not now < row.expires_at <= latest)
