"""Signing in and out, and the sessions of a person.

All causes of a refusal look alike, and attempts are counted before the password is compared.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets import security_log
from izarlink_tickets.accounts import (
    CURRENT_PASSWORD,
    LOCK_NOTICE,
    Account,
    Admission,
    AttemptSource,
    Budget,
    InitialPasswordExpired,
    active_administrators,
    count_attempts,
    credentials_of,
    find_browser,
    find_credentials,
    find_enrolled_factors,
    may_use_password,
    record_sign_in,
    remember_browser,
    reset_attempts,
    undo_attempts,
)
from izarlink_tickets.application.account_events import own_context, recent_account_events, record_account_event
from izarlink_tickets.application.accounts import enqueue_mail
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.visits import Visitor, find_visitor
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.access import CUSTOMER_ROLES, OPERATOR_ROLES
from izarlink_tickets.domain.account import OWN_EVENTS, AccountEvent, Locked, SessionsEnded, SignedIn
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.outbox import MailKind
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions import (
    SignedInDevice,
    SignInStep,
    SignInWay,
    devices_of,
    end_device,
    end_session,
    end_sessions,
    find_session,
    renew_session,
    start_session,
    touch_session,
)


class WrongCredentials(Refusal):
    """The address or the password is wrong, or the account is deactivated."""


class SingleSignOnRequired(Refusal):
    """The password is right, and the person signs in by the provider."""


class SignIns:
    """Opens and closes sessions. now: aware UTC."""

    def __init__(self, log: CommandLog, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._log = log
        self._database = database
        self._keys = keys
        self._settings = settings
        # Staff sign in by a provider.
        self._has_single_sign_on = settings.oidc is not None

    def sign_in(
        self,
        *,
        identifier: str,
        password: str,
        remote_address: str,
        user_agent: str,
        now: datetime,
        replaces: str | None = None,
        known_browsers: str = "",
    ) -> Visitor:
        """Check the password and open a session; it may await another step.

        replaces: the id of the browser's session, if any; it ends.
        known_browsers: the cookie of `remember_browser`.
        Raises: WrongCredentials, TooManyAttempts, PasswordTooLong; InitialPasswordExpired, to who has typed it right.
        """
        with self._database.query() as connection:
            credentials = find_credentials(connection, email=identifier, now=now)
        browser = find_browser(known_browsers, credentials.account, keys=self._keys.accepted_secrets(now), now=now)
        source = AttemptSource(identifier, remote_address, browser)
        admission = self._count_attempt(source, credentials.account, now=now)
        # Outside of any transaction: a comparison takes 22 ms, on purpose.
        try:
            account = credentials.check(password)
        except InitialPasswordExpired:
            self._require_password_access(credentials.account)
            _record(Reason.EXPIRED_INITIAL_PASSWORD, credentials.account)
            raise
        if account is None:
            _record(Reason.WRONG_CREDENTIALS, credentials.account)
            if admission.locks and credentials.account:
                self.record_lock(credentials.account, now=now)
            raise WrongCredentials
        self._require_password_access(account)
        visitor = self._open_session(account, source, user_agent=user_agent, now=now, replaces=replaces)
        _record(Reason.SECOND_FACTOR_AWAITED if visitor.session.awaits else Reason.SIGNED_IN, account)
        return visitor

    def remember_browser(self, known_browsers: str, account: Account, *, now: datetime) -> str:
        """Return the cookie by which the account knows this browser."""
        return remember_browser(known_browsers, account, keys=self._keys.accepted_secrets(now), now=now)

    def prove_identity(self, visitor: Visitor, *, password: str, now: datetime) -> Visitor:
        """Check the password of a signed-in person again, and renew their session.

        Raises: WrongCredentials, TooManyAttempts, PasswordTooLong, SingleSignOnRequired.
        """
        self.require_password(visitor.account, password, now=now)
        self._require_password_access(visitor.account)
        return self.renew(visitor, now=now)

    def renew(self, visitor: Visitor, *, now: datetime) -> Visitor:
        """Continue a session under a new id, after a proof of identity.

        Raises: WrongCredentials, where the session ended meanwhile; NotAllowed, while it awaits a second factor.
        """
        access.require(allowed=visitor.session.awaits is None)
        with self._database.command() as connection:
            session_id = renew_session(connection, visitor.session, now=now)
            return existing_visitor(connection, session_id, now=now)

    def require_password(self, account: Account, password: str, *, now: datetime) -> None:
        """Check the password of a signed-in person.

        Raises: WrongCredentials, TooManyAttempts, PasswordTooLong.
        """
        budget = Budget(CURRENT_PASSWORD, (account.id,))
        with self._database.command() as connection:
            admission = count_attempts(connection, [budget], secret=self._secret, now=now)
        require_admission(admission, account)
        with self._database.query() as connection:
            credentials = credentials_of(connection, account_id=account.id, now=now)
        if credentials.check(password) is None:
            _record(Reason.WRONG_CURRENT_PASSWORD, account)
            raise WrongCredentials
        # At once: the owner may then try any number of new passwords that are too weak.
        with self._database.command() as connection:
            reset_attempts(connection, budget, secret=self._secret)

    def visitor(self, session_id: str, *, now: datetime) -> Visitor | None:
        """Find the visitor of a live session, and note their activity.

        The activity is stored at most once a minute.
        """
        with self._database.query() as connection:
            visitor = find_visitor(connection, session_id=session_id, now=now)
        if visitor and visitor.session.is_due(now):
            with self._database.command() as connection:
                touch_session(connection, visitor.session, now=now)
        return visitor

    def background_visitor(self, session_id: str, *, now: datetime) -> Visitor | None:
        """Find the visitor of a live session, without noting activity.

        For requests that a page makes on its own; they show no notices.
        """
        with self._database.query() as connection:
            session = find_session(connection, session_id=session_id, now=now)
        return Visitor(session_id, session.account, session) if session else None

    def sign_out(self, session_id: str) -> None:
        """End the session, for every copy of its cookie."""
        with self._database.command() as connection:
            end_session(connection, session_id=session_id)

    def devices(self, visitor: Visitor, *, now: datetime) -> list[SignedInDevice]:
        """List the person's live sessions."""
        with self._database.query() as connection:
            return devices_of(connection, account_id=visitor.account.id, now=now)

    def activity(self, account_id: str) -> list[AccountEvent]:
        """List the account's latest events, the newest first."""
        with self._database.query() as connection:
            # Without an administrator's changes of the directory: one import adds thousands of them to the stream.
            return recent_account_events(connection, account_id=account_id, kinds=OWN_EVENTS)

    def end_device(self, visitor: Visitor, *, handle: str, now: datetime) -> None:
        """End one of the person's own sessions."""
        account_id = visitor.account.id
        self._end(visitor, lambda connection: end_device(connection, account_id=account_id, handle=handle), now=now)

    def end_other_devices(self, visitor: Visitor, *, now: datetime) -> None:
        """End all of the person's sessions but this one."""
        account_id, own = visitor.account.id, visitor.session_id
        self._end(visitor, lambda connection: end_sessions(connection, account_id=account_id, except_id=own), now=now)

    def end_all_devices(self, visitor: Visitor, *, now: datetime) -> None:
        """End all of the person's sessions, with this one."""
        account_id = visitor.account.id
        self._end(visitor, lambda connection: end_sessions(connection, account_id=account_id), now=now)

    def _end(self, visitor: Visitor, end: Callable[[Connection], int], *, now: datetime) -> None:
        """Record that sessions ended, if any did."""
        context = own_context(visitor.account, now=now)

        def work(connection: Connection) -> None:
            if end(connection):
                record_account_event(connection, context, SessionsEnded, account_id=visitor.account.id)

        self._log.run_new(context, work)

    @property
    def _secret(self) -> bytes:
        """The key of the counters, as it is now."""
        return self._keys.secret

    def uses_password(self, connection: Connection, account: Account) -> bool:
        """Return whether a password opens the account."""
        return not self._has_single_sign_on or may_use_password(connection, account)

    def _require_password_access(self, account: Account | None) -> None:
        """Check that a password opens the account.

        Asked after the comparison: only who knows the password learns of the provider.
        Raises: SingleSignOnRequired.
        """
        with self._database.query() as connection:
            if account is None or self.uses_password(connection, account):
                return
        _record(Reason.SINGLE_SIGN_ON_REQUIRED, account)
        raise SingleSignOnRequired

    def _count_attempt(self, source: AttemptSource, account: Account | None, *, now: datetime) -> Admission:
        """Count the attempt before its password is checked. Raises: TooManyAttempts."""
        with self._database.command() as connection:
            admission = count_attempts(connection, source.sign_in_budgets(), secret=self._secret, now=now)
        require_admission(admission, account)
        return admission

    def record_lock(self, account: Account, *, now: datetime) -> None:
        """Record the lock, and enqueue a mail about it once a day."""
        context, notice = own_context(account, now=now), Budget(LOCK_NOTICE, (account.id,))

        def work(connection: Connection) -> None:
            if not count_attempts(connection, [notice], secret=self._secret, now=now).seconds_to_wait:
                enqueue_mail(connection, context, MailKind.SIGN_IN_LOCKED, account_id=account.id)
            record_account_event(connection, context, Locked, account_id=account.id)

        self._log.run_new(context, work)
        _record(Reason.ACCOUNT_LOCKED, account)

    def _open_session(
        self, account: Account, source: AttemptSource, *, user_agent: str, now: datetime, replaces: str | None
    ) -> Visitor:
        context = own_context(account, now=now)

        def work(connection: Connection) -> Visitor:
            # It was none of the failures; those stay, as one right password must not unlock guessing others.
            undo_attempts(connection, source.sign_in_budgets(), secret=self._secret, now=now)
            awaits = self._awaited_step(connection, account)
            if replaces:
                end_session(connection, session_id=replaces)
            visitor = start_visit(connection, account, user_agent=user_agent, now=now, awaits=awaits, proved_at=now)
            self.mail_use_of_break_glass(connection, context, account)
            if awaits is None:
                record_sign_in(connection, account_id=account.id, now=now)
                # The log's row is locked last: writers of tickets wait for nothing of the above.
                record_account_event(connection, context, SignedIn, account_id=account.id)
            return visitor

        visitor = self._log.run_new(context, work)
        self.record_use_of_break_glass(account)
        return visitor

    def mail_use_of_break_glass(self, connection: Connection, context: CommandContext, account: Account) -> None:
        """Enqueue a mail to the other administrators, if it is one."""
        if self._is_break_glass(account):
            for administrator_id in active_administrators(connection):
                if administrator_id != account.id:
                    enqueue_mail(connection, context, MailKind.BREAK_GLASS_USED, account_id=administrator_id)

    def record_use_of_break_glass(self, account: Account) -> None:
        """Write a line of the security log, if it is one."""
        if self._is_break_glass(account):
            _record(Reason.BREAK_GLASS_USED, account)

    def _is_break_glass(self, account: Account) -> bool:
        """Return whether this person of IzarLink's signs in without the provider."""
        return self._has_single_sign_on and account.role not in CUSTOMER_ROLES

    def _awaited_step(self, connection: Connection, account: Account) -> SignInStep | None:
        """Return the step that follows the password: proof or first enrolment."""
        has_one = find_enrolled_factors(connection, account_id=account.id).is_any
        return SignInStep.SECOND_FACTOR if has_one or must_have_second_factor(account, self._settings) else None


def must_have_second_factor(account: Account, settings: Settings) -> bool:
    """Return whether the operator demands a second factor of the account's role."""
    return settings.second_factor == "staff" and account.role in OPERATOR_ROLES


def start_visit(
    connection: Connection,
    account: Account,
    *,
    user_agent: str,
    now: datetime,
    way: SignInWay = SignInWay.PASSWORD,
    awaits: SignInStep | None = None,
    proved_at: datetime | None = None,
) -> Visitor:
    """Open a session under a new id.

    proved_at: when the person last proved who they are, if ever.

    Raises: WrongCredentials, where the account was deactivated meanwhile.
    """
    session_id = start_session(
        connection,
        account_id=account.id,
        user_agent=user_agent,
        now=now,
        way=way,
        awaits=awaits,
        proved_at=proved_at,
    )
    return existing_visitor(connection, session_id, now=now)


def existing_visitor(connection: Connection, session_id: str, *, now: datetime) -> Visitor:
    """Return the visitor of a new session. Raises: WrongCredentials."""
    visitor = find_visitor(connection, session_id=session_id, now=now)
    if visitor is None:
        raise WrongCredentials
    return visitor


def require_admission(admission: Admission, account: Account | None) -> None:
    """Record an attempt that a limit refuses, and raise. Raises: TooManyAttempts."""
    if admission.seconds_to_wait:
        account_id = account.id if account else None
        security_log.record(Reason.TOO_MANY_ATTEMPTS, account_id=account_id, detail=admission.refused_by)
    admission.require()


def _record(reason: Reason, account: Account | None) -> None:
    security_log.record(reason, account_id=account.id if account else None)
