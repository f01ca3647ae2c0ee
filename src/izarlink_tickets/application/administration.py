"""Accounts, organisations and services as an administrator or the command line keeps them (D7, R2, R4).

Who may do it is asked by the entry point: the command line is its operator's, the directory's pages ask `access`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    Account,
    create_account,
    deactivate,
    draw_initial_password,
    find_account_by_email,
    forget_password,
    make_initial_password,
)
from izarlink_tickets.application.account_facts import AccountUseCases, is_recorded, record_fact
from izarlink_tickets.application.transaction import persistently
from izarlink_tickets.directory import Organisation, Service, create_organisation, create_service, organisation_named
from izarlink_tickets.domain.account import AccountCreated, Deactivated, InitialPasswordIssued
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import Act, Role
from izarlink_tickets.sealing import create_key
from izarlink_tickets.sessions import end_sessions

# What gives a fresh account its first password, and records that it did.
Issue = Callable[[Connection, Account], None]


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
        return self._create_once(act, wanted, lambda connection, account: _mail_credentials(connection, act, account))

    def create_account_with_password(
        self, act: Act, wanted: NewAccount, *, password: str | None = None
    ) -> tuple[Account, str]:
        """Create an account and give its initial password now, mailing nothing. password: the demo's, not random."""
        initial = password or draw_initial_password()
        account = self._create_once(act, wanted, lambda connection, account: _issue(connection, act, account, initial))
        return account, initial

    def renew_password(self, act: Act, *, email: str) -> Account:
        """Take the password away, close the sessions and mail new credentials. Raises: UnknownAccount."""

        def issue(connection: Connection, account: Account) -> None:
            _mail_credentials(connection, act, account)
            record_fact(connection, act, InitialPasswordIssued, account_id=account.id)

        return self._renew_once(act, email, issue)

    def renew_password_and_tell(self, act: Act, *, email: str) -> tuple[Account, str]:
        """As `renew_password`, but give the initial password now and mail nothing."""
        initial = draw_initial_password()
        account = self._renew_once(act, email, lambda connection, account: _issue(connection, act, account, initial))
        return account, initial

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

    def _create_once(self, act: Act, wanted: NewAccount, issue: Issue) -> Account:
        """Create an account unless a try whose COMMIT answer was lost has done so (D4)."""

        def attempt() -> Account:
            with self._database.command() as connection:
                known = find_account_by_email(connection, email=wanted.email)
                if known and is_recorded(connection, act, account_id=known.id):
                    return known
                account = self._create(connection, act, wanted)
                issue(connection, account)
                return account

        return persistently(attempt)

    def _renew_once(self, act: Act, email: str, issue: Issue) -> Account:
        """Take an account's password away unless a try whose COMMIT answer was lost has done so (D4)."""

        def attempt() -> Account:
            with self._database.command() as connection:
                account = account_with(connection, email=email)
                if not is_recorded(connection, act, account_id=account.id):
                    forget_password(connection, account_id=account.id)
                    end_sessions(connection, account_id=account.id)
                    issue(connection, account)
                return account

        return persistently(attempt)

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


def _mail_credentials(connection: Connection, act: Act, account: Account) -> None:
    outbox.post(
        connection,
        kind=outbox.Kind.CREDENTIALS,
        actor_id=act.actor.account_id,
        command_id=act.command_id,
        account_id=account.id,
        now=act.at,
    )


def _issue(connection: Connection, act: Act, account: Account, password: str) -> None:
    # In this order, so that a renewal has hashed before it locks the log's row.
    make_initial_password(connection, account_id=account.id, now=act.at, password=password)
    record_fact(connection, act, InitialPasswordIssued, account_id=account.id)
