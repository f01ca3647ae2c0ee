"""What a signed-in person changes about their own account: « Profil », first login, forgotten password (R5–R9)."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
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
    forgive_all,
    request_email,
    set_password,
    use_token,
)
from izarlink_tickets.application.account_facts import AccountUseCases, existing_account, own_act, record_fact
from izarlink_tickets.application.signing_in import Visitor, WrongCredentials, start_visit
from izarlink_tickets.application.transaction import persistently
from izarlink_tickets.directory import find_organisation
from izarlink_tickets.domain.account import EmailChanged, PasswordChanged
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
        with self._database.command() as connection:
            subject = fold_email(account.email)
            count_attempt(connection, limit=SIGN_IN_ACCOUNT, subject=subject, secret=self._keys.secret, now=now)
        if self._credentials(account.id, now=now).check(current) is None:
            raise WrongCredentials
        hashed = self._hash_of_choice(account.id, password, now=now)
        return self._set_password(account, hashed, user_agent=user_agent, now=now)

    def request_password_reset(self, *, identifier: str, remote_address: str, now: datetime) -> None:
        """Mail a link to whoever forgot the password; silent about whether there is such an account.

        Raises: TooManyAttempts.
        """
        with self._database.command() as connection:
            count_reset(connection, email=identifier, address=remote_address, secret=self._keys.secret, now=now)
            account = find_account_by_email(connection, email=identifier)
            if account and account.active:
                _post(connection, outbox.Kind.PASSWORD_RESET, account, now=now)

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

        def attempt() -> None:
            with self._database.command() as connection:
                use_token(connection, token=token, purpose=Purpose.RESET, now=now)
                end_sessions(connection, account_id=account.id)
                self._store_password(connection, account, hashed, now=now)
                self._forgive(connection, account)

        persistently(attempt)

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
        """Send a link to the wished address; it counts once confirmed (R8). Raises: InvalidEmail."""
        with self._database.command() as connection:
            request_email(connection, account_id=account_id, email=email)
            _post(connection, outbox.Kind.EMAIL_CONFIRMATION, existing_account(connection, account_id), now=now)

    def confirm_email(self, token: str, *, now: datetime) -> Account:
        """Make the confirmed address the account's, and tell the old one. Raises: LinkNotValid, EmailTaken."""

        def attempt() -> Account:
            with self._database.command() as connection:
                proof = use_token(connection, token=token, purpose=Purpose.EMAIL, now=now)
                before = existing_account(connection, proof.account_id)
                confirm_email(connection, account_id=before.id, email=proof.data or "")
                record_fact(connection, own_act(before, now=now), EmailChanged, account_id=before.id)
                _post(connection, outbox.Kind.EMAIL_CHANGED, before, now=now, address=before.email)
                return existing_account(connection, before.id)

        return persistently(attempt)

    def save_preferences(self, account_id: str, *, preferences: Preferences) -> None:
        """Store « Personnalisation » (R9). Raises: UnknownChoice."""
        with self._database.command() as connection:
            change_preferences(connection, account_id=account_id, preferences=preferences)

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

        def attempt() -> Visitor:
            with self._database.command() as connection:
                end_sessions(connection, account_id=account.id)
                self._store_password(connection, account, hashed, now=now)
                self._forgive(connection, account)
                return start_visit(connection, account, user_agent=user_agent, now=now)

        return persistently(attempt)

    def _store_password(self, connection: Connection, account: Account, hashed: str, *, now: datetime) -> None:
        set_password(connection, account_id=account.id, password_hash=hashed, now=now)
        record_fact(connection, own_act(account, now=now), PasswordChanged, account_id=account.id)
        _post(connection, outbox.Kind.PASSWORD_CHANGED, account, now=now)

    def _forgive(self, connection: Connection, account: Account) -> None:
        """Whoever chose the password is its owner: earlier failures count no more."""
        subject = fold_email(account.email)
        forgive_all(connection, limit=SIGN_IN_ACCOUNT, subject=subject, secret=self._keys.secret)


def _post(
    connection: Connection, kind: outbox.Kind, account: Account, *, now: datetime, address: str | None = None
) -> None:
    outbox.post(
        connection,
        kind=kind,
        actor_id=account.id,
        command_id=str(uuid4()),
        account_id=account.id,
        now=now,
        address=address,
    )
