"""Accounts as an administrator or the command line keeps them: created, invited, reset, closed and opened (D7, R4).

Every act is a fact of the account's stream, without a name or an address.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    Account,
    PasswordAlreadyChosen,
    activate,
    create_account,
    deactivate,
    draw_initial_password,
    find_account_by_email,
    forget_password,
    lock_account,
    lock_administrators,
    make_initial_password,
)
from izarlink_tickets.application.account_events import AccountUseCases, existing_account, record_account_event
from izarlink_tickets.application.command_log import content_of
from izarlink_tickets.application.directory_commands import carry_out
from izarlink_tickets.directory import OrganisationInactive, find_organisation, lock_organisation, organisation_named
from izarlink_tickets.domain.account import AccountCreated, Deactivated, InitialPasswordIssued, Reactivated
from izarlink_tickets.domain.errors import LastAdministrator, OwnAccount, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext, Role
from izarlink_tickets.sealing import create_key
from izarlink_tickets.sessions import end_sessions

# What is done to an account within a command, on its row as nobody else can change it meanwhile.
Deed = Callable[[Connection, Account], None]


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
    """What is done to accounts. Each raises NotAllowed, CommandAlreadyUsed, and unless it creates UnknownAccount."""

    def create_account(self, context: CommandContext, wanted: NewAccount) -> Account:
        """Create an account and mail its credentials: the initial password is made when that mail is sent (D8).

        Raises: what `accounts.create_account` raises, UnknownOrganisation, OrganisationInactive.
        """
        return self._create(context, wanted, lambda connection, account: mail_credentials(connection, context, account))

    def create_account_with_password(
        self, context: CommandContext, wanted: NewAccount, *, password: str | None = None
    ) -> tuple[Account, str]:
        """Create an account and give its initial password now, mailing nothing. password: the demo's, not random."""
        initial = password or draw_initial_password()
        account = self._create(
            context, wanted, lambda connection, account: _issue(connection, context, account, initial)
        )
        return account, initial

    def invite(self, context: CommandContext, *, email: str) -> Account:
        """Mail credentials once more to somebody who has never chosen a password. Raises: PasswordAlreadyChosen."""

        def deed(connection: Connection, account: Account) -> None:
            if not account.must_change_password:
                raise PasswordAlreadyChosen
            _mail_and_record(connection, context, account)

        return self._do(context, "invite", email, deed)

    def renew_password(self, context: CommandContext, *, email: str) -> Account:
        """Take the password away, close the sessions and mail a temporary password."""

        def deed(connection: Connection, account: Account) -> None:
            _forget(connection, account)
            _mail_and_record(connection, context, account, kind=outbox.MailKind.PASSWORD_RENEWED)

        return self._do(context, "renew_password", email, deed)

    def renew_password_and_tell(self, context: CommandContext, *, email: str) -> tuple[Account, str]:
        """As `renew_password`, but give the initial password now and mail nothing."""
        initial = draw_initial_password()

        def deed(connection: Connection, account: Account) -> None:
            _forget(connection, account)
            _issue(connection, context, account, initial)

        return self._do(context, "renew_password_and_tell", email, deed), initial

    def deactivate(self, context: CommandContext, *, email: str) -> Account:
        """Let the account open nothing any more, its sessions closed at once. Raises: OwnAccount, LastAdministrator."""

        def deed(connection: Connection, account: Account) -> None:
            close_account(connection, context, account)

        return self._do(context, "deactivate", email, deed)

    def reactivate(self, context: CommandContext, *, email: str) -> Account:
        """Let the person in again, with the password that they had. Raises: OrganisationInactive."""

        def deed(connection: Connection, account: Account) -> None:
            refuse_inactive_organisation(connection, account.organisation_id)
            if not account.active:
                activate(connection, account_id=account.id)
                record_account_event(connection, context, Reactivated, account_id=account.id)

        return self._do(context, "reactivate", email, deed)

    def _create(self, context: CommandContext, wanted: NewAccount, issue: Deed) -> Account:
        def work(connection: Connection) -> str:
            account = self._new_account(connection, context, wanted)
            issue(connection, account)
            return account.id

        typed = (wanted.email, wanted.name, wanted.role, wanted.organisation_name, wanted.phone)
        return self._administer(context, "create_account", typed, work)

    def _do(self, context: CommandContext, name: str, email: str, deed: Deed, *typed: object) -> Account:
        """Do something to one account. typed: what else tells this command from another."""

        def work(connection: Connection) -> str:
            found = account_with(connection, email=email)
            # Administrators, then the organisation, then its accounts, always: two commands never wait for each other.
            lock_administrators(connection)
            if found.organisation_id:
                lock_organisation(connection, organisation_id=found.organisation_id)
            account = lock_account(connection, account_id=found.id)
            deed(connection, account)
            return account.id

        return self._administer(context, name, (email, *typed), work)

    def _administer(
        self, context: CommandContext, name: str, typed: tuple[object, ...], work: Callable[[Connection], str]
    ) -> Account:
        content = content_of(name, None, (), *typed)
        done = carry_out(self._database, self._keys.sealing, context, content=content, work=work)
        with self._database.query() as connection:
            return existing_account(connection, done.id)

    def _new_account(self, connection: Connection, context: CommandContext, wanted: NewAccount) -> Account:
        organisation_id = self._customer(connection, wanted.organisation_name)
        account = create_account(
            connection,
            email=wanted.email,
            name=wanted.name,
            role=wanted.role,
            now=context.at,
            organisation_id=organisation_id,
            phone=wanted.phone,
            locale=self._settings.default_locale,
            timezone=self._settings.default_timezone,
        )
        create_key(connection, account.id, master_key=self._keys.sealing, now=context.at)
        facts = {"account_role": wanted.role.value, "organisation_id": account.organisation_id}
        record_account_event(connection, context, AccountCreated, account_id=account.id, **facts)
        return account

    def _customer(self, connection: Connection, name: str | None) -> str | None:
        """Give the id of the customer with this name, who can't leave meanwhile. Raises: OrganisationInactive."""
        if not name:
            return None
        found = organisation_named(connection, name=name)
        if not lock_organisation(connection, organisation_id=found.id).active:
            raise OrganisationInactive
        return found.id


def account_with(connection: Connection, *, email: str) -> Account:
    """Give the account of a mail address. Raises: UnknownAccount."""
    account = find_account_by_email(connection, email=email)
    if account is None:
        raise UnknownAccount
    return account


def close_account(connection: Connection, context: CommandContext, account: Account) -> None:
    """Close one account, which the caller has locked after the administrators.

    Raises: OwnAccount, LastAdministrator.
    """
    if account.id == context.actor.account_id:
        raise OwnAccount
    refuse_without_administrator(connection, account)
    deactivate(connection, account_id=account.id)
    end_sessions(connection, account_id=account.id)
    if account.active:
        record_account_event(connection, context, Deactivated, account_id=account.id)


def refuse_without_administrator(connection: Connection, account: Account) -> None:
    """Refuse to take away the last active administrator. Raises: LastAdministrator."""
    if account.role is Role.ADMINISTRATOR and account.active and lock_administrators(connection) == [account.id]:
        raise LastAdministrator


def refuse_inactive_organisation(connection: Connection, organisation_id: str | None) -> None:
    """Refuse to open an account of a customer who left. Raises: OrganisationInactive."""
    organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
    if organisation and not organisation.active:
        raise OrganisationInactive


def mail_credentials(
    connection: Connection,
    context: CommandContext,
    account: Account,
    *,
    kind: outbox.MailKind = outbox.MailKind.CREDENTIALS,
) -> None:
    """Queue the mail with the initial password, or with the one that replaces a reset password."""
    outbox.enqueue(
        connection,
        kind=kind,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_id=account.id,
        now=context.at,
    )


def _mail_and_record(
    connection: Connection,
    context: CommandContext,
    account: Account,
    *,
    kind: outbox.MailKind = outbox.MailKind.CREDENTIALS,
) -> None:
    mail_credentials(connection, context, account, kind=kind)
    record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)


def _forget(connection: Connection, account: Account) -> None:
    forget_password(connection, account_id=account.id)
    end_sessions(connection, account_id=account.id)


def _issue(connection: Connection, context: CommandContext, account: Account, password: str) -> None:
    # In this order, so that a renewal has hashed before it locks the log's row.
    make_initial_password(connection, account_id=account.id, now=context.at, password=password)
    record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)
