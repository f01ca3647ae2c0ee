"""Queries for accounts, and the creation of new ones; `changes` updates them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Select, bindparam, insert, select

from izarlink_tickets.accounts.contact import email_of, fold_email, name_of, phone_of
from izarlink_tickets.accounts.table import COLUMNS, Account, MailPace, Theme, account_of, accounts
from izarlink_tickets.directory import UnknownOrganisation, batches_of, find_organisation
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.errors import Refusal, UnknownChoice
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import Role


class EmailTaken(Refusal):
    """Another account has this mail address."""


class OrganisationMissing(Refusal):
    """A customer's account needs an organisation."""


class OrganisationNotAllowed(Refusal):
    """An account of IzarLink has no organisation."""


# Built once: the lists, the ticket page and every opening run these.
_ACCOUNTS = select(*COLUMNS).order_by(accounts.c.email_folded)
_ACCOUNT = _ACCOUNTS.where(accounts.c.id == bindparam("id"))
_ACCOUNTS_AMONG = _ACCOUNTS.where(accounts.c.id.in_(bindparam("ids", expanding=True)))
_STAFF = _ACCOUNTS.where(accounts.c.role.in_([Role.SUPPORT.value, Role.ADMINISTRATOR.value]), accounts.c.active)
# Shared: some callers lock these rows, others only read them.
_ADMINISTRATORS = (
    select(accounts.c.id).where(accounts.c.role == Role.ADMINISTRATOR.value, accounts.c.active).order_by(accounts.c.id)
)


def create_account(
    connection: Connection,
    *,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    organisation_id: str | None = None,
    phone: str = "",
    locale: str = "fr",
    timezone: str = "Europe/Paris",
) -> Account:
    """Add an account, active and without a password.

    Raises: InvalidEmail, EmailTaken, TextMissing, TextTooLong, InvalidPhone, UnknownChoice, OrganisationMissing,
    OrganisationNotAllowed, UnknownOrganisation.
    """
    refuse_wrong_organisation(connection, role=role, organisation_id=organisation_id)
    if find_account_by_email(connection, email=email_of(email)):
        raise EmailTaken
    row = new_account(
        email=email,
        name=name,
        role=role,
        now=now,
        organisation_id=organisation_id,
        phone=phone,
        locale=locale,
        timezone=timezone,
    )
    insert_accounts(connection, [row])
    return _load(connection, _ACCOUNT, id=row["id"])[0]


def new_account(
    *,
    email: str,
    name: str,
    role: Role,
    now: datetime,
    organisation_id: str | None,
    phone: str,
    locale: str,
    timezone: str,
) -> dict[str, Any]:
    """Build the row of a new account. Raises: InvalidEmail, TextMissing, TextTooLong, InvalidPhone."""
    address = email_of(email)
    return {
        "id": str(uuid4()),
        "email": address,
        "email_folded": fold_email(address),
        "name": name_of(name),
        "phone": phone_of(phone),
        "search_key": fold(name_of(name)),
        "role": role.value,
        "organisation_id": organisation_id,
        "active": True,
        "created_at": now,
        "locale": locale,
        "timezone": timezone,
        "theme": Theme.AUTO.value,
        "mails_own_acts": True,
        "mails_new_tickets": True,
        "single_keys": True,
        "mail_pace": MailPace.EACH.value,
        "mails_company_tickets": False,
    }


def insert_accounts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of `new_account`; the caller has checked addresses and organisations."""
    connection.execute(insert(accounts), rows)


def find_account(connection: Connection, *, account_id: str) -> Account | None:
    return next(iter(_load(connection, _ACCOUNT, id=account_id)), None)


def find_account_by_email(connection: Connection, *, email: str) -> Account | None:
    """Find an account by its address as typed; case is ignored."""
    return next(iter(_load(connection, _ACCOUNTS.where(accounts.c.email_folded == fold_email(email)))), None)


def find_accounts(connection: Connection, *, ids: Collection[str]) -> list[Account]:
    """Return the existing accounts among these ids, by address."""
    return _load(connection, _ACCOUNTS_AMONG, ids=sorted(ids)) if ids else []


def accounts_by_email(connection: Connection, *, emails: Iterable[str]) -> dict[str, Account]:
    """Return the existing accounts among these addresses, by folded address."""
    by_email: dict[str, Account] = {}
    for batch in batches_of({fold_email(email) for email in emails}):
        existing = _load(connection, _ACCOUNTS.where(accounts.c.email_folded.in_(batch)))
        by_email |= {fold_email(account.email): account for account in existing}
    return by_email


def list_accounts_of_organisation(connection: Connection, *, organisation_id: str) -> list[Account]:
    """Return an organisation's accounts by address, including deactivated ones."""
    return _load(connection, _ACCOUNTS.where(accounts.c.organisation_id == organisation_id))


def few_accounts_of(connection: Connection, *, organisation_id: str, at_most: int) -> list[Account] | None:
    """Return an organisation's accounts by address; None above `at_most`."""
    members = _load(connection, _ACCOUNTS.where(accounts.c.organisation_id == organisation_id).limit(at_most + 1))
    return members if len(members) <= at_most else None


def lock_account(connection: Connection, *, account_id: str) -> Account:
    """Lock an existing account until the transaction ends, and return it."""
    (account,) = _load(connection, _ACCOUNT.with_for_update(), id=account_id)
    return account


def lock_administrators(connection: Connection) -> list[str]:
    """Lock the active administrators until the transaction ends, and return their ids."""
    return list(connection.execute(_ADMINISTRATORS.with_for_update()).scalars())


def active_administrators(connection: Connection) -> list[str]:
    """Return the ids of the active administrators."""
    return list(connection.execute(_ADMINISTRATORS).scalars())


def active_staff(connection: Connection) -> list[Account]:
    """Return the accounts that may take a ticket, by address."""
    return _load(connection, _STAFF)


def list_accounts(connection: Connection) -> list[Account]:
    """Return all accounts by address."""
    return _load(connection, _ACCOUNTS)


def refuse_wrong_organisation(connection: Connection, *, role: Role, organisation_id: str | None) -> None:
    """Check that customers, and only they, have an organisation.

    Raises: UnknownChoice, OrganisationMissing, OrganisationNotAllowed, UnknownOrganisation.
    """
    if role is Role.SYSTEM:
        raise UnknownChoice("role")
    if role in CUSTOMER_ROLES and organisation_id is None:
        raise OrganisationMissing
    if role not in CUSTOMER_ROLES and organisation_id is not None:
        raise OrganisationNotAllowed
    if organisation_id and find_organisation(connection, organisation_id=organisation_id) is None:
        raise UnknownOrganisation(organisation_id)


def _load(connection: Connection, statement: Select[Any], **values: object) -> list[Account]:
    return [account_of(row) for row in connection.execute(statement, values)]
