"""Accounts, organisations and services as an administrator or the command line keeps them (D7, R2, R4).

Who may do it is asked by the entry point: the command line is its operator's, the directory's pages ask `access`.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    Account,
    create_account,
    deactivate,
    find_account_by_email,
    forget_password,
    make_initial_password,
)
from izarlink_tickets.application.account_facts import AccountUseCases, record_fact
from izarlink_tickets.application.transaction import persistently
from izarlink_tickets.directory import Organisation, Service, create_organisation, create_service, organisation_named
from izarlink_tickets.domain.account import AccountCreated, Deactivated, InitialPasswordIssued
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import Act, Role
from izarlink_tickets.sealing import create_key
from izarlink_tickets.sessions import end_sessions


class UnknownAccount(Refusal):
    """No account has that address."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to create, as typed. organisation_name: obligatory for the roles of a customer, and for them only."""

    email: str
    name: str
    role: Role
    organisation_name: str | None = None
    phone: str = ""


class Administration(AccountUseCases):
    """Create, reset and deactivate accounts; create organisations and services. Times come with the act."""

    def create_account(self, act: Act, wanted: NewAccount) -> Account:
        """Create an account and mail its credentials: the initial password is made when that mail is sent (D8).

        Raises: what `accounts.create_account` raises, UnknownOrganisation.
        """

        def attempt() -> Account:
            with self._database.command() as connection:
                account = self._create(connection, act, wanted)
                _mail_credentials(connection, act, account)
                return account

        return persistently(attempt)

    def create_account_with_password(
        self, act: Act, wanted: NewAccount, *, password: str | None = None
    ) -> tuple[Account, str]:
        """Create an account and give its initial password now, mailing nothing. password: the demo's, not random."""

        def attempt() -> tuple[Account, str]:
            with self._database.command() as connection:
                account = self._create(connection, act, wanted)
                return account, _issue(connection, act, account, password=password)

        return persistently(attempt)

    def renew_password(self, act: Act, *, email: str) -> Account:
        """Take the password away, close the sessions and mail new credentials. Raises: UnknownAccount."""

        def attempt() -> Account:
            with self._database.command() as connection:
                account = _lock_out(connection, email)
                _mail_credentials(connection, act, account)
                return account

        return persistently(attempt)

    def renew_password_and_tell(self, act: Act, *, email: str) -> tuple[Account, str]:
        """As `renew_password`, but give the initial password now and mail nothing."""

        def attempt() -> tuple[Account, str]:
            with self._database.command() as connection:
                account = _lock_out(connection, email)
                return account, _issue(connection, act, account)

        return persistently(attempt)

    def deactivate(self, act: Act, *, email: str) -> Account:
        """Let the account open nothing any more, its sessions closed at once. Raises: UnknownAccount."""

        def attempt() -> Account:
            with self._database.command() as connection:
                account = account_with(connection, email=email)
                deactivate(connection, account_id=account.id)
                end_sessions(connection, account_id=account.id)
                if account.active:
                    record_fact(connection, act, Deactivated, account_id=account.id)
                return account

        return persistently(attempt)

    def create_organisation(self, *, name: str, now: datetime) -> Organisation:
        """Add a customer company. Raises: NameTaken, TextRefused."""
        with self._database.command() as connection:
            return create_organisation(connection, name=name, now=now)

    def create_service(
        self, *, reference: str, organisation_name: str, label: str, site: str = "", offer: str = ""
    ) -> Service:
        """Add a connection of a customer.

        Raises: UnknownOrganisation, ReferenceTaken, InvalidReference, TextRefused.
        """
        with self._database.command() as connection:
            organisation = organisation_named(connection, name=organisation_name)
            return create_service(
                connection,
                reference=reference,
                organisation_id=organisation.id,
                label=label,
                site=site,
                offer=offer,
            )

    def _create(self, connection: Connection, act: Act, wanted: NewAccount) -> Account:
        organisation = (
            organisation_named(connection, name=wanted.organisation_name) if wanted.organisation_name else None
        )
        account = create_account(
            connection,
            email=wanted.email,
            name=wanted.name,
            role=wanted.role,
            now=act.at,
            organisation_id=organisation.id if organisation else None,
            phone=wanted.phone,
            locale=self._settings.default_locale,
            timezone=self._settings.default_timezone,
        )
        create_key(connection, account.id, master_key=self._keys.sealing, now=act.at)
        facts = {"account_role": wanted.role.value, "organisation_id": account.organisation_id}
        record_fact(connection, act, AccountCreated, account_id=account.id, **facts)
        return account


def account_with(connection: Connection, *, email: str) -> Account:
    """Give the account of a mail address. Raises: UnknownAccount."""
    account = find_account_by_email(connection, email=email)
    if account is None:
        raise UnknownAccount
    return account


def _lock_out(connection: Connection, email: str) -> Account:
    account = account_with(connection, email=email)
    forget_password(connection, account_id=account.id)
    end_sessions(connection, account_id=account.id)
    return account


def _mail_credentials(connection: Connection, act: Act, account: Account) -> None:
    outbox.post(
        connection,
        kind=outbox.Kind.CREDENTIALS,
        actor_id=act.actor.account_id,
        command_id=act.command_id,
        account_id=account.id,
        now=act.at,
    )


def _issue(connection: Connection, act: Act, account: Account, *, password: str | None = None) -> str:
    record_fact(connection, act, InitialPasswordIssued, account_id=account.id)
    return make_initial_password(connection, account_id=account.id, now=act.at, password=password)
