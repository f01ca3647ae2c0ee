"""A person's own account: first sign-in, « Profil », forgotten password."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from izarlink_tickets import security_log
from izarlink_tickets.accounts import (
    EMAIL_CHANGE,
    RESET_MAIL,
    Account,
    AttemptSource,
    Budget,
    LinkNotValid,
    Preferences,
    Purpose,
    budgets_of_account,
    change_contact,
    change_preferences,
    confirm_contact,
    confirm_email,
    count_attempts,
    credentials_of,
    find_account_by_email,
    find_browser,
    find_token,
    fold_email,
    request_email,
    reset_attempts,
    set_password,
    use_token,
)
from izarlink_tickets.application.account_events import own_context, record_account_event
from izarlink_tickets.application.accounts import enqueue_mail, existing_account
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.sign_ins import SignIns, require_admission, start_visit
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.directory import find_organisation
from izarlink_tickets.domain.account import EmailChanged, EmailChangeRequested, InitialPasswordIssued, PasswordChanged
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext
from izarlink_tickets.outbox import MailKind, release_digests
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions import end_sessions


class Profiles:
    """A person's own name, address, password and preferences. now: aware UTC.

    Name, phone and preferences are stored without the command log: storing them twice changes nothing.
    """

    def __init__(
        self, log: CommandLog, database: Database, sign_ins: SignIns, settings: Settings, keys: MasterKeys
    ) -> None:
        self._log = log
        self._database = database
        self._sign_ins = sign_ins
        self._breached_passwords = settings.breached_passwords_file
        self._keys = keys

    @property
    def _secret(self) -> bytes:
        """The key of the counters, as it is now."""
        return self._keys.secret

    def choose_first_password(self, visitor: Visitor, *, password: str, user_agent: str, now: datetime) -> Visitor:
        """Replace the initial password. Raises: PasswordTooWeak, PasswordTooLong."""
        hashed = self._hash_choice(visitor.account.id, password, now=now)
        return self.store_first_password(visitor, hashed, user_agent=user_agent, now=now)

    def store_first_password(self, visitor: Visitor, hashed: str, *, user_agent: str, now: datetime) -> Visitor:
        """Replace the initial password by a hash of whatever strength."""
        return self._set_password(visitor, hashed, user_agent=user_agent, now=now)

    def change_password(
        self, visitor: Visitor, *, current: str, password: str, user_agent: str, now: datetime
    ) -> Visitor:
        """Change the password, end the other sessions and mail a notice.

        Raises: WrongCredentials, PasswordTooWeak, PasswordTooLong, TooManyAttempts.
        """
        account = visitor.account
        self._sign_ins.require_password(account, current, now=now)
        hashed = self._hash_choice(account.id, password, now=now)
        return self._set_password(visitor, hashed, user_agent=user_agent, now=now)

    def request_password_reset(
        self, *, identifier: str, remote_address: str, now: datetime, known_browsers: str = ""
    ) -> None:
        """Mail a reset link if an active account has this address.

        The caller learns nothing of it. No mail is added to one that an unknown browser asked for a moment ago: nobody
        can fill another's mailbox, and whoever asks has a link.
        known_browsers: the cookie of `SignIns.remember_browser`.
        Raises: TooManyAttempts.
        """
        with self._database.command() as connection:
            account = find_account_by_email(connection, email=identifier)
            browser = find_browser(known_browsers, account, keys=self._keys.accepted_secrets(now), now=now)
            source = AttemptSource(identifier, remote_address, browser)
            admission = count_attempts(connection, source.reset_budgets(), secret=self._secret, now=now)
            is_due = not admission.seconds_to_wait and (browser or self._is_reset_mail_due(connection, identifier, now))
            if is_due and account and account.active and self._sign_ins.uses_password(connection, account):
                context = own_context(account, now=now)
                enqueue_mail(connection, context, MailKind.PASSWORD_RESET, account_id=account.id)
            else:
                _take_the_time_of_a_mail(connection, now=now)
        require_admission(admission, account)
        security_log.record(Reason.RESET_REQUESTED, account_id=account.id if account else None)

    def find_reset(self, token: str, *, now: datetime) -> Account:
        """Return the account whose password the link resets, without using the link.

        Raises: LinkNotValid.
        """
        account = self._account_of_token(token, Purpose.RESET, now=now)
        with self._database.query() as connection:
            if not self._sign_ins.uses_password(connection, account):
                raise LinkNotValid
        return account

    def reset_password(self, token: str, *, password: str, now: datetime) -> Account:
        """Set the chosen password, use up the link and end all sessions.

        Raises: LinkNotValid, PasswordTooWeak, PasswordTooLong.
        """
        account = self.find_reset(token, now=now)
        hashed = self._hash_choice(account.id, password, now=now)
        context = own_context(account, now=now)

        def work(connection: Connection) -> None:
            use_token(connection, token=token, purpose=Purpose.RESET, now=now)
            self._store_password(connection, context, account, hashed)

        self._log.run_new(context, work)
        with self._database.query() as connection:
            return existing_account(connection, account.id)

    def confirm_contact(self, account_id: str, *, name: str, phone: str, now: datetime) -> None:
        """Change name and phone, and note that the person has confirmed them.

        Raises: TextRefused, InvalidPhone.
        """
        with self._database.command() as connection:
            change_contact(connection, account_id=account_id, name=name, phone=phone)
            confirm_contact(connection, account_id=account_id, now=now)

    def request_email_change(self, account_id: str, *, email: str, now: datetime) -> None:
        """Mail a confirmation link to the new address. Raises: InvalidEmail, TooManyAttempts."""
        with self._database.query() as connection:
            account = existing_account(connection, account_id)
        context, budget = own_context(account, now=now), Budget(EMAIL_CHANGE, (account_id,))

        def work(connection: Connection) -> None:
            require_admission(count_attempts(connection, [budget], secret=self._secret, now=now), account)
            request_email(connection, account_id=account_id, email=email)
            enqueue_mail(connection, context, MailKind.EMAIL_CONFIRMATION, account_id=account_id)
            record_account_event(connection, context, EmailChangeRequested, account_id=account_id)

        self._log.run_new(context, work)

    def find_email_change(self, token: str, *, now: datetime) -> Account:
        """Return the account whose address the link confirms, without using the link.

        Raises: LinkNotValid.
        """
        return self._account_of_token(token, Purpose.EMAIL, now=now)

    def confirm_email(self, token: str, *, now: datetime) -> Account:
        """Store the confirmed address, and mail a notice to the old one.

        All sessions end. Initial passwords mailed to the old address are revoked; others leave for the new one.
        Raises: LinkNotValid, EmailTaken.
        """
        account = self.find_email_change(token, now=now)
        context = own_context(account, now=now)

        def work(connection: Connection) -> None:
            proof = use_token(connection, token=token, purpose=Purpose.EMAIL, now=now)
            before = existing_account(connection, account.id)
            confirm_email(connection, account_id=account.id, email=proof.data or "")
            end_sessions(connection, account_id=account.id)
            enqueue_mail(connection, context, MailKind.EMAIL_CHANGED, account_id=account.id, address=before.email)
            record_account_event(connection, context, EmailChanged, account_id=account.id)
            if before.must_change_password:
                enqueue_mail(connection, context, MailKind.CREDENTIALS, account_id=account.id)
                record_account_event(connection, context, InitialPasswordIssued, account_id=account.id)

        self._log.run_new(context, work)
        with self._database.query() as connection:
            return existing_account(connection, account.id)

    def save_preferences(self, account_id: str, *, preferences: Preferences) -> None:
        """Store « Personnalisation ». Raises: UnknownChoice."""
        with self._database.command() as connection:
            change_preferences(connection, account_id=account_id, preferences=preferences)
            # The digest that mails wait for may have been switched off, or have another time now.
            release_digests(connection, account_id=account_id)

    def _account_of_token(self, token: str, purpose: Purpose, *, now: datetime) -> Account:
        with self._database.query() as connection:
            proof = find_token(connection, token=token, purpose=purpose, now=now)
            return existing_account(connection, proof.account_id)

    def _hash_choice(self, account_id: str, password: str, *, now: datetime) -> str:
        with self._database.query() as connection:
            credentials = credentials_of(connection, account_id=account_id, now=now)
            organisation_id = credentials.account.organisation_id if credentials.account else None
            organisation = organisation_id and find_organisation(connection, organisation_id=organisation_id)
        words = [organisation.name] if organisation else []
        return credentials.hash_of_choice(password, words=words, breached=self._breached_passwords)

    def _set_password(self, visitor: Visitor, hashed: str, *, user_agent: str, now: datetime) -> Visitor:
        """Store the password, end every session and open one like this."""
        account, session = visitor.account, visitor.session
        context = own_context(account, now=now)

        def work(connection: Connection) -> Visitor:
            self._store_password(connection, context, account, hashed)
            # In a new session: a cookie copied before is worthless.
            return start_visit(
                connection,
                account,
                user_agent=user_agent,
                now=now,
                way=session.way,
                awaits=session.awaits,
                proved_at=now,
            )

        return self._log.run_new(context, work)

    def _store_password(self, connection: Connection, context: CommandContext, account: Account, hashed: str) -> None:
        """Store the password and end the account's sessions.

        Rows are locked in the order of a sign-in, the throttle's first and the log's last: the two never deadlock, and
        no writer of tickets waits for them.
        """
        # Earlier failures were guesses at another password, and earlier links are void.
        reset_attempts(connection, *budgets_of_account(account.email), secret=self._secret)
        set_password(connection, account_id=account.id, password_hash=hashed, now=context.at)
        end_sessions(connection, account_id=account.id)
        enqueue_mail(connection, context, MailKind.PASSWORD_CHANGED, account_id=account.id)
        record_account_event(connection, context, PasswordChanged, account_id=account.id)

    def _is_reset_mail_due(self, connection: Connection, identifier: str, now: datetime) -> bool:
        budget = Budget(RESET_MAIL, (fold_email(identifier),))
        return not count_attempts(connection, [budget], secret=self._secret, now=now).seconds_to_wait


def _take_the_time_of_a_mail(connection: Connection, *, now: datetime) -> None:
    """Enqueue a mail to nobody, and undo it.

    The time of the answer then reveals no account: without it, those that exist took 14 % longer.
    """
    nobody = CommandContext(SYSTEM, now, Channel.WEB, str(uuid4()))
    with connection.begin_nested() as savepoint:
        enqueue_mail(connection, nobody, MailKind.PASSWORD_RESET, account_id=SYSTEM.account_id)
        savepoint.rollback()
