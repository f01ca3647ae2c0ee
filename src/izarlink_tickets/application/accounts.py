"""Accounts as administrators and the command line manage them.

Each command records an event in the account's stream, without a name or an address.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection

from izarlink_tickets.accounts import (
    Account,
    EmailTaken,
    NotAdministrator,
    NotOfStaff,
    PasswordAlreadyChosen,
    SignsInByProvider,
    activate,
    change_contact,
    change_role,
    create_account,
    create_initial_password,
    deactivate,
    draw_initial_password,
    drop_second_factors,
    email_of,
    find_account,
    find_account_by_email,
    find_break_glass,
    find_subject,
    forget_password,
    link_identity,
    lock_account,
    lock_administrators,
    may_use_password,
    name_of,
    phone_of,
    replace_email,
    request_email,
    set_break_glass,
    subject_of,
    unlink_identity,
)
from izarlink_tickets.application.account_events import record_account_event
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.record_changes import changed_fields
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.directory import OrganisationInactive, find_organisation, lock_organisation, organisation_by_name
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import (
    AccountCreated,
    BreakGlassGranted,
    BreakGlassRevoked,
    ContactCorrected,
    Deactivated,
    EmailChangeRequested,
    IdentityLinked,
    IdentityUnlinked,
    InitialPasswordIssued,
    Reactivated,
    RoleChanged,
    SecondFactorReset,
    SessionsEnded,
)
from izarlink_tickets.domain.errors import LastAdministrator, NothingChanges, OwnAccount, OwnAddress, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext, Role
from izarlink_tickets.outbox import MailKind, enqueue
from izarlink_tickets.sealing import create_key
from izarlink_tickets.sessions import end_sessions

# Changes an account whose row is locked.
Change = Callable[[Connection, Account], None]


class UnknownAccount(Refusal):
    """No account has this mail address."""


class NoIdentityProvider(Refusal):
    """The settings have no OpenID provider."""


class OwnSecondFactor(Refusal):
    """You cannot reset your own second factor."""


class NoSecondFactor(Refusal):
    """The account has no second factor."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to create, as typed.

    organisation_name: required for customers, not allowed for other roles.
    """

    email: str
    name: str
    role: Role
    organisation_name: str | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's name, mail address and phone, as typed or as stored."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Position:
    """A person's role and organisation.

    organisation: its name; empty for people of IzarLink.
    """

    role: str
    organisation: str


class Accounts:
    """Commands on accounts.

    Each raises NotAllowed, and what `CommandLog.run` raises. All but the creation raise UnknownAccount.
    seen: the record as the editor saw it; None where they saw none.
    """

    def __init__(self, log: CommandLog, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._log = log
        self._database = database
        self._settings = settings
        self._sealing_key = keys.sealing

    def create_account(self, context: CommandContext, new: NewAccount) -> Account:
        """Create an account and mail its credentials.

        The mailer makes the initial password when it sends them.
        Raises: what `accounts.create_account` raises, UnknownOrganisation, OrganisationInactive.
        """

        def invite(connection: Connection, account: Account) -> None:
            if self._uses_password(connection, account):
                enqueue_mail(connection, context, MailKind.CREDENTIALS, account_id=account.id)

        return self._create(context, new, invite)

    def create_linked_account(self, context: CommandContext, new: NewAccount, *, subject: str) -> Account:
        """Create the account of a person whom the provider has named.

        Raises: what `create_account` raises, InvalidSubject, IdentityTaken.
        """
        stored = subject_of(subject)
        return self._create(context, new, lambda connection, account: self._link(connection, context, account, stored))

    def create_account_with_password(
        self, context: CommandContext, new: NewAccount, *, password: str | None = None
    ) -> tuple[Account, str]:
        """Create an account and return its initial password, without a mail.

        password: by default a random one.
        """
        initial = password or draw_initial_password()
        account = self._create(context, new, lambda connection, account: _issue(connection, context, account, initial))
        return account, initial

    def invite(self, context: CommandContext, *, email: str) -> Account:
        """Mail credentials again to a person who never chose a password.

        Raises: PasswordAlreadyChosen, SignsInByProvider.
        """

        def change(connection: Connection, account: Account) -> None:
            self._require_password_access(connection, account)
            if not account.must_change_password:
                raise PasswordAlreadyChosen
            enqueue_mail(connection, context, MailKind.CREDENTIALS, account_id=account.id)
            record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)

        return self._change(context, "invite", email, change)

    def renew_password(self, context: CommandContext, *, email: str) -> Account:
        """Delete the password, end the sessions and mail a temporary one.

        Raises: SignsInByProvider.
        """

        def change(connection: Connection, account: Account) -> None:
            self._require_password_access(connection, account)
            _forget(connection, account)
            enqueue_mail(connection, context, MailKind.PASSWORD_RENEWED, account_id=account.id)
            record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)

        return self._change(context, "renew_password", email, change)

    def renew_password_without_mail(self, context: CommandContext, *, email: str) -> tuple[Account, str]:
        """Replace the password by an initial one and end the sessions.

        Returns the initial password and sends no mail. Raises: SignsInByProvider.
        """
        initial = draw_initial_password()

        def change(connection: Connection, account: Account) -> None:
            self._require_password_access(connection, account)
            _forget(connection, account)
            _issue(connection, context, account, initial)

        return self._change(context, "renew_password_without_mail", email, change), initial

    def reset_second_factor(self, context: CommandContext, *, email: str) -> Account:
        """Remove the lost second factors of a person, and end their sessions.

        A mail tells them. Raises: OwnSecondFactor, NoSecondFactor.
        """

        def change(connection: Connection, account: Account) -> None:
            if account.id == context.actor.account_id:
                raise OwnSecondFactor
            if not drop_second_factors(connection, account_id=account.id):
                raise NoSecondFactor
            end_sessions(connection, account_id=account.id)
            enqueue_mail(connection, context, MailKind.SECOND_FACTOR_RESET, account_id=account.id)
            record_account_event(connection, context, SecondFactorReset, account_id=account.id)

        return self._change(context, "reset_second_factor", email, change)

    def deactivate(self, context: CommandContext, *, email: str) -> Account:
        """Lock the person out and end their sessions. Raises: OwnAccount, LastAdministrator."""
        return self._change(
            context, "deactivate", email, lambda connection, account: deactivate_account(connection, context, account)
        )

    def reactivate(self, context: CommandContext, *, email: str) -> Account:
        """Let the person sign in again with their old password. Raises: OrganisationInactive."""

        def change(connection: Connection, account: Account) -> None:
            organisation_id = account.organisation_id
            organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
            if organisation and not organisation.active:
                raise OrganisationInactive
            if not account.active:
                activate(connection, account_id=account.id)
                record_account_event(connection, context, Reactivated, account_id=account.id)

        return self._change(context, "reactivate", email, change)

    def correct_contact(
        self, context: CommandContext, *, email: str, contact: Contact, seen: Contact | None = None
    ) -> Account:
        """Correct name, mail address or phone.

        Another address counts once its link is opened. A person who never signed in gets new credentials there at
        once, and those sent to the old one become invalid.
        Raises: TextRefused, InvalidEmail, InvalidPhone, EmailTaken, OwnAddress, RecordHasChanged, NothingChanges.
        """
        new = Contact(name_of(contact.name), email_of(contact.email), phone_of(contact.phone))

        def change(connection: Connection, account: Account) -> None:
            changed = changed_fields(asdict(new), asdict(contact_of(account)), asdict(seen) if seen else None)
            change_contact(connection, account_id=account.id, name=new.name, phone=new.phone)
            details = [name for name in changed if name != "email"]
            if details:
                record_account_event(connection, context, ContactCorrected, account_id=account.id, changed=details)
            if "email" in changed:
                _change_email(connection, context, account, new.email)

        return self._change(context, "correct_contact", email, change, *asdict(new).values())

    def end_sessions(self, context: CommandContext, *, email: str) -> Account:
        """End all of the person's sessions."""

        def change(connection: Connection, account: Account) -> None:
            if end_sessions(connection, account_id=account.id):
                record_account_event(connection, context, SessionsEnded, account_id=account.id)

        return self._change(context, "end_sessions", email, change)

    def change_role(
        self, context: CommandContext, *, email: str, position: Position, seen: Position | None = None
    ) -> Account:
        """Change role or organisation, and end the sessions.

        Raises: LastAdministrator, UnknownChoice, OrganisationMissing, OrganisationNotAllowed, UnknownOrganisation,
        OrganisationInactive, RecordHasChanged, NothingChanges.
        """

        def change(connection: Connection, account: Account) -> None:
            current, role = position_of(connection, account), Role(position.role)
            changed_fields(asdict(position), asdict(current), asdict(seen) if seen else None)
            if role is not Role.ADMINISTRATOR:
                refuse_last_administrator(connection, account)
            organisation_id = _active_organisation(connection, position.organisation)
            change_role(connection, account_id=account.id, role=role, organisation_id=organisation_id)
            # Their pages show what the old role may see.
            end_sessions(connection, account_id=account.id)
            record_account_event(
                connection,
                context,
                RoleChanged,
                account_id=account.id,
                account_role=role.value,
                organisation_id=organisation_id,
                previous_account_role=account.role.value,
                previous_organisation_id=account.organisation_id,
            )

        return self._change(context, "change_role", email, change, *asdict(position).values())

    # --- single sign-on -----------------------------------------------------------------------------------------------

    def link_identity(
        self, context: CommandContext, *, email: str, subject: str, seen: Mapping[str, str] | None = None
    ) -> Account:
        """Link an account to a person of the provider.

        It replaces an earlier link, whose sessions end.
        seen: the subject as the editor saw it; empty for none.
        Raises: NoIdentityProvider, InvalidSubject, NotOfStaff, IdentityTaken, RecordHasChanged, NothingChanges.
        """
        stored = subject_of(subject)

        def change(connection: Connection, account: Account) -> None:
            if account.role in access.CUSTOMER_ROLES:
                raise NotOfStaff
            current = find_subject(connection, account_id=account.id, issuer=self._issuer) or ""
            changed_fields({"subject": stored}, {"subject": current}, seen)
            if current:
                self._unlink(connection, context, account)
            self._link(connection, context, account, stored)

        return self._change(context, "link_identity", email, change, stored)

    def unlink_identity(self, context: CommandContext, *, email: str) -> Account:
        """Remove the link to the provider's person, and end the sessions.

        Raises: NoIdentityProvider, NothingChanges.
        """
        return self._change(
            context, "unlink_identity", email, lambda connection, account: self._unlink(connection, context, account)
        )

    def grant_break_glass(self, context: CommandContext, *, email: str) -> Account:
        """Let this one administrator sign in with a password beside the provider.

        Raises: NotAdministrator, NothingChanges.
        """

        def change(connection: Connection, account: Account) -> None:
            if account.role is not Role.ADMINISTRATOR or not account.active:
                raise NotAdministrator
            marked = find_break_glass(connection)
            if marked == [account.id]:
                raise NothingChanges
            for other in marked:
                _mark_break_glass(connection, context, other, BreakGlassRevoked)
            _mark_break_glass(connection, context, account.id, BreakGlassGranted)

        return self._change(context, "grant_break_glass", email, change)

    def revoke_break_glass(self, context: CommandContext, *, email: str) -> Account:
        """Let the administrator sign in by the provider alone. Raises: NothingChanges."""

        def change(connection: Connection, account: Account) -> None:
            if account.id not in find_break_glass(connection):
                raise NothingChanges
            _mark_break_glass(connection, context, account.id, BreakGlassRevoked)

        return self._change(context, "revoke_break_glass", email, change)

    @property
    def _issuer(self) -> str:
        """The provider. Raises: NoIdentityProvider."""
        if self._settings.oidc_issuer is None:
            raise NoIdentityProvider
        return self._settings.oidc_issuer

    def _link(self, connection: Connection, context: CommandContext, account: Account, subject: str) -> None:
        issuer = self._issuer
        link_identity(connection, account_id=account.id, issuer=issuer, subject=subject, now=context.at)
        record_account_event(connection, context, IdentityLinked, account_id=account.id, issuer=issuer)

    def _unlink(self, connection: Connection, context: CommandContext, account: Account) -> None:
        """Remove the link, and what it has opened. Raises: NothingChanges."""
        if not unlink_identity(connection, account_id=account.id, issuer=self._issuer):
            raise NothingChanges
        end_sessions(connection, account_id=account.id)
        record_account_event(connection, context, IdentityUnlinked, account_id=account.id, issuer=self._issuer)

    def _uses_password(self, connection: Connection, account: Account) -> bool:
        return self._settings.oidc is None or may_use_password(connection, account)

    def _require_password_access(self, connection: Connection, account: Account) -> None:
        """Check that a password opens the account. Raises: SignsInByProvider."""
        if not self._uses_password(connection, account):
            raise SignsInByProvider

    # --- running a command --------------------------------------------------------------------------------------------

    def _create(self, context: CommandContext, new: NewAccount, issue_password: Change) -> Account:
        def work(connection: Connection) -> str:
            account = create_account(
                connection,
                email=new.email,
                name=new.name,
                role=new.role,
                now=context.at,
                organisation_id=_active_organisation(connection, new.organisation_name),
                phone=new.phone,
                locale=self._settings.default_locale,
                timezone=self._settings.default_timezone,
            )
            create_key(connection, account.id, master_key=self._sealing_key, now=context.at)
            fields = {"account_role": new.role.value, "organisation_id": account.organisation_id}
            record_account_event(connection, context, AccountCreated, account_id=account.id, **fields)
            issue_password(connection, account)
            return account.id

        return self._run(
            context, "create_account", work, new.email, new.name, new.role, new.organisation_name, new.phone
        )

    def _change(self, context: CommandContext, name: str, email: str, change: Change, *typed: object) -> Account:
        """Change one account.

        typed: what else tells this command from another under its id.
        """

        def work(connection: Connection) -> str:
            account = account_with(connection, email=email)
            # Always administrators, then the organisation, then its accounts, so that no two commands deadlock.
            lock_administrators(connection)
            if account.organisation_id:
                lock_organisation(connection, organisation_id=account.organisation_id)
            change(connection, lock_account(connection, account_id=account.id))
            return account.id

        return self._run(context, name, work, email, *typed)

    def _run(self, context: CommandContext, name: str, work: Callable[[Connection], str], *typed: object) -> Account:
        access.require(allowed=access.may_change_directory(context.actor))
        result = self._log.run_on_record(context, name, work, *typed)
        with self._database.query() as connection:
            return existing_account(connection, result.id)


def existing_account(connection: Connection, account_id: str) -> Account:
    """Return an account that is known to exist: accounts are never deleted."""
    account = find_account(connection, account_id=account_id)
    if account is None:
        raise LookupError(account_id)
    return account


def account_with(connection: Connection, *, email: str) -> Account:
    """Return the account with a mail address. Raises: UnknownAccount."""
    account = find_account_by_email(connection, email=email)
    if account is None:
        raise UnknownAccount
    return account


def contact_of(account: Account) -> Contact:
    return Contact(account.name, account.email, account.phone)


def position_of(connection: Connection, account: Account) -> Position:
    organisation_id = account.organisation_id
    organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
    return Position(account.role.value, organisation.name if organisation else "")


def deactivate_account(connection: Connection, context: CommandContext, account: Account) -> None:
    """Deactivate an account that the caller has locked, after the administrators.

    Raises: OwnAccount, LastAdministrator.
    """
    if account.id == context.actor.account_id:
        raise OwnAccount
    refuse_last_administrator(connection, account)
    deactivate(connection, account_id=account.id)
    end_sessions(connection, account_id=account.id)
    if account.active:
        record_account_event(connection, context, Deactivated, account_id=account.id)


def enqueue_mail(
    connection: Connection, context: CommandContext, kind: MailKind, *, account_id: str, address: str | None = None
) -> None:
    """Enqueue a mail to an account. address: another one than the account's."""
    enqueue(
        connection,
        kind=kind,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_id=account_id,
        now=context.at,
        address=address,
    )


def refuse_last_administrator(connection: Connection, account: Account) -> None:
    """Check that another administrator stays active. Raises: LastAdministrator."""
    if account.role is Role.ADMINISTRATOR and account.active and lock_administrators(connection) == [account.id]:
        raise LastAdministrator


def _mark_break_glass(
    connection: Connection,
    context: CommandContext,
    account_id: str,
    kind: type[BreakGlassGranted] | type[BreakGlassRevoked],
) -> None:
    set_break_glass(connection, account_id=account_id, is_break_glass=kind is BreakGlassGranted)
    record_account_event(connection, context, kind, account_id=account_id)


def _active_organisation(connection: Connection, name: str | None) -> str | None:
    """Return the id of the organisation with this name, locked.

    Raises: UnknownOrganisation, OrganisationInactive.
    """
    if not name:
        return None
    organisation = organisation_by_name(connection, name=name)
    if not lock_organisation(connection, organisation_id=organisation.id).active:
        raise OrganisationInactive
    return organisation.id


def _forget(connection: Connection, account: Account) -> None:
    forget_password(connection, account_id=account.id)
    end_sessions(connection, account_id=account.id)


def _issue(connection: Connection, context: CommandContext, account: Account, password: str) -> None:
    # The password is hashed before the event locks the log's row.
    create_initial_password(connection, account_id=account.id, now=context.at, password=password)
    record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)


def _change_email(connection: Connection, context: CommandContext, account: Account, email: str) -> None:
    """Ask the new address for its confirmation. Raises: OwnAddress, EmailTaken."""
    if account.id == context.actor.account_id:
        raise OwnAddress
    if account.last_signed_in_at is None and account.must_change_password:
        _replace_email(connection, context, account, email)
        return
    if find_account_by_email(connection, email=email):
        raise EmailTaken
    request_email(connection, account_id=account.id, email=email)
    enqueue_mail(connection, context, MailKind.EMAIL_CONFIRMATION, account_id=account.id)
    record_account_event(connection, context, EmailChangeRequested, account_id=account.id)


def _replace_email(connection: Connection, context: CommandContext, account: Account, email: str) -> None:
    """Replace an address that nobody has confirmed.

    It may be a stranger's: credentials that went there become invalid.
    """
    replace_email(connection, account_id=account.id, email=email)
    enqueue_mail(connection, context, MailKind.CREDENTIALS, account_id=account.id)
    record_account_event(connection, context, ContactCorrected, account_id=account.id, changed=["email"])
    record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)
