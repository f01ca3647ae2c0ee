"""Links of accounts to people of an OpenID provider, and break-glass accounts.

A person is who the issuer and the subject say, never who has an address: addresses pass to others.
Source: OpenID Connect Core §5.7.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from izarlink_tickets.accounts.table import COLUMNS, Account, account_of, accounts
from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import Role

# Source: OpenID Connect Core §2.
MAX_SUBJECT = 255

external_identities = Table(
    "external_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("account_id", String(36), ForeignKey(accounts.c.id), nullable=False),
    Column("linked_at", Timestamp, nullable=False),
)
# An account is one person of an issuer.
Index(None, external_identities.c.account_id, external_identities.c.issuer, unique=True)

_identities = external_identities.c


class IdentityTaken(Refusal):
    """The subject is linked to another account."""


class InvalidSubject(Refusal):
    """The text can't be a provider's subject."""


class NotOfStaff(Refusal):
    """Customers sign in with a password, not by the provider."""


class SignsInByProvider(Refusal):
    """The person has no password: they sign in by the provider."""


class NotAdministrator(Refusal):
    """The account for emergencies must be an active administrator's."""


def subject_of(text: str) -> str:
    """Return a subject as typed. Raises: InvalidSubject."""
    subject = text.strip()
    if not subject or len(subject) > MAX_SUBJECT or not subject.isprintable():
        raise InvalidSubject
    return subject


def link_identity(connection: Connection, *, account_id: str, issuer: str, subject: str, now: datetime) -> None:
    """Link an account to a person of the issuer.

    Raises: IdentityTaken.
    """
    unlink_identity(connection, account_id=account_id, issuer=issuer)
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    row = {"issuer": issuer, "subject": subject, "account_id": account_id, "linked_at": now}
    # Of two that link the same person at once, the second waits here, and finds the first.
    statement = dialect.insert(external_identities).values(row).on_conflict_do_nothing()
    if connection.execute(statement.returning(_identities.account_id)).first() is None:
        raise IdentityTaken


def unlink_identity(connection: Connection, *, account_id: str, issuer: str) -> bool:
    """Remove the account's link; return whether there was one."""
    statement = delete(external_identities).where(_identities.account_id == account_id, _identities.issuer == issuer)
    return connection.execute(statement).rowcount > 0


def drop_identities(connection: Connection, *, account_ids: Collection[str]) -> None:
    """Remove all links of erased people."""
    connection.execute(delete(external_identities).where(_identities.account_id.in_(sorted(account_ids))))


def find_account_by_identity(connection: Connection, *, issuer: str, subject: str) -> Account | None:
    """Find the account of a person, by both names, exactly."""
    statement = (
        select(*COLUMNS)
        .join(external_identities, _identities.account_id == accounts.c.id)
        .where(_identities.issuer == issuer, _identities.subject == subject)
    )
    row = connection.execute(statement).first()
    return account_of(row) if row else None


def find_subject(connection: Connection, *, account_id: str, issuer: str) -> str | None:
    """Find the subject that an account is linked to."""
    statement = select(_identities.subject).where(_identities.account_id == account_id, _identities.issuer == issuer)
    return connection.execute(statement).scalar()


# --- the account that does without the provider -----------------------------------------------------------------------


def is_break_glass(connection: Connection, *, account_id: str) -> bool:
    """Return whether this administrator signs in with a password for emergencies."""
    statement = select(accounts.c.is_break_glass).where(
        accounts.c.id == account_id, accounts.c.role == Role.ADMINISTRATOR.value
    )
    return bool(connection.execute(statement).scalar())


def find_break_glass(connection: Connection) -> list[str]:
    """Return the ids of the accounts that are marked for emergencies."""
    return list(connection.execute(select(accounts.c.id).where(accounts.c.is_break_glass)).scalars())


def set_break_glass(connection: Connection, *, account_id: str, is_break_glass: bool) -> None:
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(is_break_glass=is_break_glass))


def may_use_password(connection: Connection, account: Account) -> bool:
    """Return whether the account signs in with a password beside a provider."""
    return account.role in CUSTOMER_ROLES or is_break_glass(connection, account_id=account.id)
