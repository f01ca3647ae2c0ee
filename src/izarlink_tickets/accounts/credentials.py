"""The passwords of accounts: the one that the person chose, or until then the initial ones that were mailed (R4, R5).

Reading, computing and storing are three steps, so that no transaction waits for a hash:
`find_credentials` → `Credentials.check` or `.hash_of_choice` → `set_password`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    bindparam,
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

INITIAL_LIFETIME = timedelta(days=7)  # R4

initial_passwords = Table(
    "initial_passwords",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("hash", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
)
# At each sign-in.
Index(None, initial_passwords.c.account_id)

_ACCOUNT = select(*COLUMNS, accounts.c.password_hash)
_BY_ID = _ACCOUNT.where(accounts.c.id == bindparam("key"))
_BY_EMAIL = _ACCOUNT.where(accounts.c.email_folded == bindparam("key"))
_INITIAL = select(initial_passwords.c.hash, initial_passwords.c.expires_at).where(
    initial_passwords.c.account_id == bindparam("account")
)
_SET = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(password_hash=bindparam("to_hash"), password_changed_at=bindparam("at"), pending_email=None)
)
_LOCK = select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update()
_DROP_INITIAL = delete(initial_passwords).where(initial_passwords.c.account_id == bindparam("account"))
_DROP_EXPIRED = delete(initial_passwords).where(initial_passwords.c.expires_at <= bindparam("at"))


class PasswordAlreadyChosen(Refusal):
    """An account with a password of its own gets no initial one."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the passwords of one sign-in are compared with; of nobody, where there is no such account.

    expired_hashes: initial passwords that no longer open anything, but may not be chosen either.
    """

    account: Account | None
    password_hash: str | None = field(repr=False)
    initial_hashes: tuple[str, ...] = field(repr=False)
    expired_hashes: tuple[str, ...] = field(repr=False)

    def check(self, password: str) -> Account | None:
        """Give the account if it is its password. It takes the same time for everybody. Raises: PasswordTooLong."""
        passwords.refuse_too_long(password)
        current = (self.password_hash,) if self.password_hash else ()
        match = passwords.first_match(password, among=(*current, *self.initial_hashes))
        is_right = match is not None and self.account is not None and self.account.active
        return self.account if is_right else None

    def hash_of_choice(self, password: str, *, words: Iterable[str] = ()) -> str:
        """Hash the password that the person chose, unless it may not be chosen.

        words: what others know besides name and address, such as the company.
        Raises: PasswordTooLong, PasswordTooWeak.
        """
        about = (self.account.name, self.account.email) if self.account else ()
        passwords.check_strength(password, words=(*about, *words))
        current = (self.password_hash,) if self.password_hash else ()
        match = passwords.first_match(password, among=(*current, *self.initial_hashes, *self.expired_hashes))
        if match:
            is_current = match == self.password_hash
            raise PasswordTooWeak(PasswordFault.SAME_AS_BEFORE if is_current else PasswordFault.SAME_AS_INITIAL)
        return passwords.hash_password(password)


def find_credentials(connection: Connection, *, email: str, now: datetime) -> Credentials:
    """Read what a sign-in is compared with. email: whatever was typed."""
    return _credentials(connection, _BY_EMAIL, fold_email(email), now)


def credentials_of(connection: Connection, *, account_id: str, now: datetime) -> Credentials:
    """Read what a signed-in person's passwords are compared with."""
    return _credentials(connection, _BY_ID, account_id, now)


def set_password(connection: Connection, *, account_id: str, password_hash: str, now: datetime) -> None:
    """Make the password the account's. Initial ones, links and a wished new address die; sessions are the caller's."""
    connection.execute(_SET, {"account": account_id, "to_hash": password_hash, "at": now})
    drop_initial_passwords(connection, account_id=account_id)
    drop_tokens(connection, account_id=account_id)


def forget_password(connection: Connection, *, account_id: str) -> None:
    """Leave the account without a password until its person chooses one: for a reset by an administrator."""
    connection.execute(_SET, {"account": account_id, "to_hash": None, "at": None})
    drop_initial_passwords(connection, account_id=account_id)
    drop_tokens(connection, account_id=account_id)


def make_initial_password(
    connection: Connection, *, account_id: str, now: datetime, password: str | None = None
) -> str:
    """Make a random password that lives seven days and give it, this once; earlier ones live on (D8).

    password: one that was drawn before, instead of a new random one. It takes the time of one hash.
    Raises: PasswordAlreadyChosen: the person was faster than the mail, or nobody has called `forget_password`.
    """
    # Against somebody who chooses a password at this moment: an initial one must not outlive that.
    connection.execute(_LOCK, {"account": account_id})
    known = credentials_of(connection, account_id=account_id, now=now)
    if known.password_hash:
        raise PasswordAlreadyChosen
    # All of an account's share one salt, so that a sign-in costs one computation, however many mails went out.
    salt = next((passwords.salt_of(hashed) for hashed in (*known.initial_hashes, *known.expired_hashes)), None)
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
    """Let all initial passwords of an account die."""
    connection.execute(_DROP_INITIAL, {"account": account_id})


def drop_expired_initial_passwords(connection: Connection, *, now: datetime) -> int:
    """Throw away what opens nothing any more; give how many."""
    return connection.execute(_DROP_EXPIRED, {"at": now}).rowcount


def _credentials(connection: Connection, statement: Select[tuple[object, ...]], key: str, now: datetime) -> Credentials:
    row = connection.execute(statement, {"key": key}).mappings().first()
    if row is None:
        return Credentials(None, None, (), ())
    living, expired = _initial_hashes(connection, row, now)
    return Credentials(account_of(row), row["password_hash"], living, expired)


def _initial_hashes(connection: Connection, row: RowMapping, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    rows = connection.execute(_INITIAL, {"account": row["id"]}).all()
    # What expires later than one made now was made in time to come: the clock has been set back since.
    latest = now + INITIAL_LIFETIME + CLOCK_TOLERANCE
    living = tuple(one.hash for one in rows if now < one.expires_at <= latest)
    return living, tuple(one.hash for one in rows if not now < one.expires_at <= latest)
