"""Sign in, stay, sign out (D9). One refusal for all causes, and limits that count before anything is compared."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from izarlink_tickets.accounts import (
    SIGN_IN_ACCOUNT,
    Account,
    TooManyAttempts,
    count_sign_in,
    find_credentials,
    note_sign_in,
    reset_sign_in_attempts,
)
from izarlink_tickets.application.account_events import (
    AccountUseCases,
    own_context,
    recent_account_events,
    record_account_event,
)
from izarlink_tickets.domain.account import OWN_EVENTS, AccountEvent, Locked, SignedIn
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.sessions import (
    Session,
    SignedInDevice,
    devices_of,
    end_device,
    end_session,
    end_sessions,
    find_session,
    start_session,
    touch_session,
)

_log = structlog.get_logger()


class WrongCredentials(Refusal):
    """Unknown, deactivated, wrong or expired: all answer alike."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, by which session. session_id is the secret of the cookie."""

    session_id: str
    account: Account
    session: Session

    @property
    def must_change_password(self) -> bool:
        """Whether every page has to lead to the change form (R5)."""
        return self.account.must_change_password


class SigningIn(AccountUseCases):
    """Open and close sessions. `now`: aware UTC."""

    def sign_in(
        self, *, identifier: str, password: str, remote_address: str, user_agent: str, now: datetime
    ) -> Visitor:
        """Compare and open a session. Raises: WrongCredentials, TooManyAttempts, PasswordTooLong."""
        is_last = self._count_trial(identifier, remote_address, now=now)
        with self._database.query() as connection:
            credentials = find_credentials(connection, email=identifier, now=now)
        # Outside of any transaction: a comparison takes 22 ms, on purpose.
        found = credentials.check(password)
        if found is None:
            if is_last and credentials.account:
                self._note_lock(credentials.account, now=now)
            _tell_refusal(credentials.account, reason="credentials")
            raise WrongCredentials
        return self._open(found, identifier, remote_address, user_agent=user_agent, now=now)

    def visitor(self, session_id: str, *, now: datetime) -> Visitor | None:
        """Say who comes with this session; None where it has ended. Notes at most once a minute that they are there."""
        found = self.absent_visitor(session_id, now=now)
        if found and found.session.is_due(now):
            with self._database.command() as connection:
                touch_session(connection, found.session, now=now)
        return found

    def absent_visitor(self, session_id: str, *, now: datetime) -> Visitor | None:
        """Say whose session it is, for what a page asks by itself: it does not show that anybody is there."""
        with self._database.query() as connection:
            session = find_session(connection, session_id=session_id, now=now)
        return Visitor(session_id, session.account, session) if session else None

    def sign_out(self, session_id: str) -> None:
        """End the session; a copy of its cookie is dead too."""
        with self._database.command() as connection:
            end_session(connection, session_id=session_id)

    def devices(self, visitor: Visitor, *, now: datetime) -> list[SignedInDevice]:
        """List the person's live sessions."""
        with self._database.query() as connection:
            return devices_of(connection, account_id=visitor.account.id, now=now)

    def activity(self, account_id: str) -> list[AccountEvent]:
        """Give the latest facts of the account, so that the person sees what was not their doing; newest first."""
        with self._database.query() as connection:
            # What an administrator does to the directory, by the thousand with one file, stands in the same stream.
            return recent_account_events(connection, account_id=account_id, kinds=OWN_EVENTS)

    def end_device(self, visitor: Visitor, *, handle: str) -> None:
        """End one of the person's own sessions."""
        with self._database.command() as connection:
            end_device(connection, account_id=visitor.account.id, handle=handle)

    def end_other_devices(self, visitor: Visitor) -> None:
        """End all of the person's sessions but this one."""
        with self._database.command() as connection:
            end_sessions(connection, account_id=visitor.account.id, except_id=visitor.session_id)

    def _count_trial(self, identifier: str, remote_address: str, *, now: datetime) -> bool:
        """Count before comparing. True: should this one fail, the next will be refused."""
        secret = self._keys.secret
        try:
            with self._database.command() as connection:
                nth = count_sign_in(connection, email=identifier, address=remote_address, secret=secret, now=now)
        except TooManyAttempts:
            _tell_refusal(None, reason="attempts")
            raise
        return nth == SIGN_IN_ACCOUNT.attempts

    def _note_lock(self, account: Account, *, now: datetime) -> None:
        context = own_context(account, now=now)

        def work(connection: Connection) -> None:
            record_account_event(connection, context, Locked, account_id=account.id)

        self._once(context, account.id, work, again=lambda _: None)

    def _open(
        self, account: Account, identifier: str, remote_address: str, *, user_agent: str, now: datetime
    ) -> Visitor:
        context, secret = own_context(account, now=now), self._keys.secret

        def visit(connection: Connection) -> Visitor:
            return start_visit(connection, account, user_agent=user_agent, now=now)

        def work(connection: Connection) -> Visitor:
            reset_sign_in_attempts(connection, email=identifier, address=remote_address, secret=secret, now=now)
            note_sign_in(connection, account_id=account.id, now=now)
            visitor = visit(connection)
            # The log's row is locked last, so that no writer of tickets waits for what comes before.
            record_account_event(connection, context, SignedIn, account_id=account.id)
            return visitor

        return self._once(context, account.id, work, again=visit)


def _tell_refusal(account: Account | None, *, reason: str) -> None:
    """Log a line a refusal, without what was typed and from where: both tell who it was."""
    _log.info("sign_in_refused", reason=reason, account=account.id if account else None)


def start_visit(connection: Connection, account: Account, *, user_agent: str, now: datetime) -> Visitor:
    """Open a session with an id that nobody knew before."""
    session_id = start_session(connection, account_id=account.id, user_agent=user_agent, now=now)
    session = find_session(connection, session_id=session_id, now=now)
    if session is None:
        raise WrongCredentials  # deactivated between the comparison and here
    return Visitor(session_id, session.account, session)
