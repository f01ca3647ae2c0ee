"""What a signed-in person changes about their own account: « Profil », first login, forgotten password (R5–R9)."""

from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    EMAIL_CHANGE,
    SIGN_IN_ACCOUNT,
    Account,
    Credentials,
    Preferences,
    Purpose,
    change_contact,
    change_preferences,
    confirm_contact,
    confirm_email,
    count_attempt,
    count_reset,
    credentials_of,
    find_account_by_email,
    find_token,
    fold_email,
    request_email,
    reset_attempts,
    set_password,
    use_token,
)
from izarlink_tickets.application.account_events import (
    AccountUseCases,
    existing_account,
    own_context,
    record_account_event,
)
from izarlink_tickets.application.signing_in import Visitor, WrongCredentials, start_visit
from izarlink_tickets.directory import find_organisation
from izarlink_tickets.domain.account import EmailChanged, PasswordChanged
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.sessions import end_sessions


class Profiles(AccountUseCases):
    """A person's own name, address, password and preferences. `now`: aware UTC."""

    def choose_first_password(self, visitor: Visitor, *, password: str, user_agent: str, now: datetime) -> Visitor:
        """Make the forced change of the first login (R5). Raises: PasswordTooWeak, PasswordTooLong."""
        hashed = self._hash_of_choice(visitor.account.id, password, now=now)
        return self._set_password(visitor.account, hashed, user_agent=user_agent, now=now)

    def change_password(
        self, visitor: Visitor, *, current: str, password: str, user_agent: str, now: datetime
    ) -> Visitor:
        """Change a known password; the other sessions are closed and a mail tells of it.

        Raises: WrongCredentials, PasswordTooWeak, PasswordTooLong, TooManyAttempts.
        """
        account = visitor.account
        self.require_password(account, current, now=now)
        hashed = self._hash_of_choice(account.id, password, now=now)
        return self._set_password(account, hashed, user_agent=user_agent, now=now)

    def require_password(self, account: Account, password: str, *, now: datetime) -> None:
        """Refuse whoever is signed in and doesn't know the password. Raises: WrongCredentials, TooManyAttempts."""
        with self._database.command() as connection:
            subject = fold_email(account.email)
            count_attempt(connection, limit=SIGN_IN_ACCOUNT, subject=subject, secret=self._keys.secret, now=now)
        if self._credentials(account.id, now=now).check(password) is None:
            raise WrongCredentials
        # At once: whoever knows the password may try new ones that are too weak as often as need be.
        with self._database.command() as connection:
            self._forgive(connection, account)

    def request_password_reset(self, *, identifier: str, remote_address: str, now: datetime) -> None:
        """Mail a link to whoever forgot the password; silent about whether there is such an account.

        Raises: TooManyAttempts.
        """
        with self._database.command() as connection:
            count_reset(connection, email=identifier, address=remote_address, secret=self._keys.secret, now=now)
            account = find_account_by_email(connection, email=identifier)
            if account and account.active:
                _post(connection, own_context(account, now=now), outbox.MailKind.PASSWORD_RESET)

    def find_reset(self, token: str, *, now: datetime) -> Account:
        """Say whose password a link would change, without using it up. Raises: LinkNotValid."""
        with self._database.query() as connection:
            proof = find_token(connection, token=token, purpose=Purpose.RESET, now=now)
            return existing_account(connection, proof.account_id)

    def reset_password(self, token: str, *, password: str, now: datetime) -> None:
        """Set the password that the reader of the mail chose, and close all sessions.

        Raises: LinkNotValid, PasswordTooWeak, PasswordTooLong.
        """
        account = self.find_reset(token, now=now)
        hashed = self._hash_of_choice(account.id, password, now=now)
        context = own_context(account, now=now)

        def work(connection: Connection) -> None:
            use_token(connection, token=token, purpose=Purpose.RESET, now=now)
            self._store_password(connection, context, account, hashed)

        self._once(context, account.id, work, again=lambda _: None)

    def save_contact(self, account_id: str, *, name: str, phone: str) -> None:
        """Change name and telephone. Raises: TextRefused, InvalidPhone."""
        with self._database.command() as connection:
            change_contact(connection, account_id=account_id, name=name, phone=phone)

    def confirm_contact(self, account_id: str, *, name: str, phone: str, now: datetime) -> None:
        """Change name and telephone and note that the person has validated them (R6)."""
        with self._database.command() as connection:
            change_contact(connection, account_id=account_id, name=name, phone=phone)
            confirm_contact(connection, account_id=account_id, now=now)

    def request_email_change(self, account_id: str, *, email: str, now: datetime) -> None:
        """Send a link to the wished address; it counts once confirmed (R8). Raises: InvalidEmail, TooManyAttempts."""
        secret = self._keys.secret
        with self._database.command() as connection:
            count_attempt(connection, limit=EMAIL_CHANGE, subject=account_id, secret=secret, now=now)
            request_email(connection, account_id=account_id, email=email)
            account = existing_account(connection, account_id)
            _post(connection, own_context(account, now=now), outbox.MailKind.EMAIL_CONFIRMATION)

    def find_email_change(self, token: str, *, now: datetime) -> Account:
        """Say whose address a link would change, without using it up. Raises: LinkNotValid."""
        with self._database.query() as connection:
            wanted = find_token(connection, token=token, purpose=Purpose.EMAIL, now=now)
            return existing_account(connection, wanted.account_id)

    def confirm_email(self, token: str, *, now: datetime) -> Account:
        """Make the confirmed address the account's, and tell the old one. Raises: LinkNotValid, EmailTaken."""
        owner = self.find_email_change(token, now=now)
        context = own_context(owner, now=now)

        def account(connection: Connection) -> Account:
            return existing_account(connection, owner.id)

        def work(connection: Connection) -> Account:
            proof = use_token(connection, token=token, purpose=Purpose.EMAIL, now=now)
            before = account(connection)
            confirm_email(connection, account_id=before.id, email=proof.data or "")
            _post(connection, context, outbox.MailKind.EMAIL_CHANGED, address=before.email)
            record_account_event(connection, context, EmailChanged, account_id=before.id)
            return account(connection)

        return self._once(context, owner.id, work, again=account)

    def save_preferences(self, account_id: str, *, preferences: Preferences) -> None:
        """Store « Personnalisation » (R9). Raises: UnknownChoice."""
        with self._database.command() as connection:
            change_preferences(connection, account_id=account_id, preferences=preferences)
            # What waited for a digest is looked at anew: there may be none any more, or at another time.
            outbox.release_digests(connection, account_id=account_id)

    def _credentials(self, account_id: str, *, now: datetime) -> Credentials:
        with self._database.query() as connection:
            return credentials_of(connection, account_id=account_id, now=now)

    def _hash_of_choice(self, account_id: str, password: str, *, now: datetime) -> str:
        with self._database.query() as connection:
            credentials = credentials_of(connection, account_id=account_id, now=now)
            organisation_id = credentials.account.organisation_id if credentials.account else None
            organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
        return credentials.hash_of_choice(password, words=[organisation.name] if organisation else [])

    def _set_password(self, account: Account, hashed: str, *, user_agent: str, now: datetime) -> Visitor:
        """Store the password, close every session and go on in a new one: a copied cookie is worth nothing."""
        context = own_context(account, now=now)

        def visit(connection: Connection) -> Visitor:
            return start_visit(connection, account, user_agent=user_agent, now=now)

        def work(connection: Connection) -> Visitor:
            self._store_password(connection, context, account, hashed)
            return visit(connection)

        return self._once(context, account.id, work, again=visit)

    def _store_password(self, connection: Connection, context: CommandContext, account: Account, hashed: str) -> None:
        """Make the password the account's and close its sessions.

        Rows are locked in the order of a sign-in, the throttle's first and the log's last: the two never wait for each
        other, and no writer of tickets for them.
        """
        self._forgive(connection, account)
        set_password(connection, account_id=account.id, password_hash=hashed, now=context.at)
        end_sessions(connection, account_id=account.id)
        _post(connection, context, outbox.MailKind.PASSWORD_CHANGED)
        record_account_event(connection, context, PasswordChanged, account_id=account.id)

    def _forgive(self, connection: Connection, account: Account) -> None:
        """Whoever knows or chose the password is its owner: earlier failures count no more."""
        subject = fold_email(account.email)
        reset_attempts(connection, limit=SIGN_IN_ACCOUNT, subject=subject, secret=self._keys.secret)


def _post(
    connection: Connection, context: CommandContext, kind: outbox.MailKind, *, address: str | None = None
) -> None:
    """Write to whoever acts on their own account."""
    outbox.enqueue(
        connection,
        kind=kind,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_id=context.actor.account_id,
        now=context.at,
        address=address,
    )
