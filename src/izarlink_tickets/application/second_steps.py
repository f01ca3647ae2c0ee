"""The second step of a sign-in, and passkeys instead of a password.

All causes of a refusal look alike, and attempts are counted before anything is compared.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from izarlink_tickets import security_log
from izarlink_tickets.accounts import (
    Account,
    Budget,
    Limit,
    count_attempts,
    find_account,
    find_enrolled_factors,
    network_of,
    passwords,
    record_sign_in,
    reset_attempts,
    undo_attempts,
)
from izarlink_tickets.accounts.authenticator_apps import app_code_of, use_app_code
from izarlink_tickets.accounts.passkey_ceremony import (
    CHALLENGE_LIFETIME,
    PasskeyCloned,
    PasskeyRefused,
    RelyingParty,
    check_request,
    credential_id_of,
    new_challenge,
    request_options,
    require_challenge,
)
from izarlink_tickets.accounts.passkeys import find_passkey, list_passkeys, use_passkey
from izarlink_tickets.accounts.recovery_codes import (
    hashes_of_recovery_codes,
    recovery_code_of,
    use_recovery_code,
)
from izarlink_tickets.application.account_events import AuditEvent, own_context, record_account_events
from izarlink_tickets.application.accounts import enqueue_mail
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.sign_ins import SignIns, existing_visitor, require_admission, start_visit
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain.account import RecoveryCodeUsed, SignedIn
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.outbox import MailKind
from izarlink_tickets.sealing import Keys
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions import SignInWay, drop_surplus_sessions, end_session, renew_session

# The sixth wrong code from a network is refused. Six digits have a million values, two of them right at a time.
CODES_OF_NETWORK = Limit("second-factor-network", 5, timedelta(minutes=15), locks=True)
# Only who knows the password gets so far: a hard limit locks nobody out by their address alone.
CODES_OF_ACCOUNT = Limit("second-factor-account", 20, timedelta(days=1), locks=True)
# Signatures can't be guessed; each check costs a millisecond.
PASSKEYS_OF_NETWORK = Limit("passkey-network", 49, timedelta(minutes=15))
# A challenge serves once.
_CHALLENGE = Limit("passkey-challenge", 1, CHALLENGE_LIFETIME)


class WrongCode(Refusal):
    """The code is wrong, was used before or has expired."""


class PasskeysUnavailable(Refusal):
    """Browsers offer no passkeys at the portal's address."""


@dataclass(frozen=True, slots=True)
class PasskeyAnswer:
    """A browser's answer, in JSON. challenge: as the page had it."""

    challenge: str
    answer: str


@dataclass(frozen=True, slots=True)
class _CheckedPasskey:
    """A passkey whose signature is right.

    sign_count: of this use. challenge: what it signed, decoded.
    """

    id: str
    account_id: str
    sign_count: int
    challenge: bytes


# Uses up what was checked; returns further events, and raises the refusal of a second use.
_Use = Callable[[Connection, CommandContext], list[AuditEvent]]


class SecondSteps:
    """Proofs by codes and passkeys. now: aware UTC; remote_address: the client's."""

    def __init__(
        self, log: CommandLog, database: Database, sign_ins: SignIns, settings: Settings, keys: MasterKeys
    ) -> None:
        self._log = log
        self._database = database
        self._sign_ins = sign_ins
        self._party = RelyingParty.of(settings.base_url)
        self._keys = keys

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers offer passkeys at the portal's address."""
        return self._party is not None

    def options(self, visitor: Visitor, *, now: datetime) -> tuple[str, str] | None:
        """Return challenge and options for the person's own passkeys; None without any."""
        with self._database.query() as connection:
            known = list_passkeys(connection, self._opened_keys(connection), account_id=visitor.account.id)
        if not known or self._party is None:
            return None
        challenge = new_challenge(self._secret, purpose=_purpose(visitor.account), now=now)
        ids = [passkey.credential_id for passkey in known]
        return challenge, request_options(self._party, challenge=challenge, known=ids, demands_verification=False)

    def sign_in_options(self, *, now: datetime) -> tuple[str, str]:
        """Return challenge and options for a passkey alone.

        Raises: PasskeysUnavailable.
        """
        challenge = new_challenge(self._secret, purpose=_purpose(None), now=now)
        return challenge, request_options(self._require_party(), challenge=challenge, demands_verification=True)

    def complete_by_code(self, visitor: Visitor, *, typed: str, remote_address: str, now: datetime) -> Visitor:
        """Sign in or prove one's identity by a code, of any kind.

        Raises: WrongCode, TooManyAttempts.
        """
        is_last = self._count(visitor.account, remote_address, now=now)
        use = self._use_of_code(visitor.account, typed)
        try:
            return self._complete(visitor, remote_address, use, now=now, by="code")
        except WrongCode as refusal:
            self._record_wrong(visitor.account, refusal, is_last=is_last, now=now)
            raise

    def complete_by_passkey(
        self, visitor: Visitor, answered: PasskeyAnswer, *, remote_address: str, now: datetime
    ) -> Visitor:
        """Sign in or prove one's identity by one of one's passkeys.

        Raises: PasskeyRefused, TooManyAttempts, PasskeysUnavailable.
        """
        is_last = self._count(visitor.account, remote_address, now=now)
        try:
            checked = self._check(answered, visitor.account, demands_verification=False, now=now)
            use = self._use_of_passkey(checked)
            return self._complete(visitor, remote_address, use, now=now, by="passkey")
        except PasskeyRefused as refusal:
            self._record_wrong(visitor.account, refusal, is_last=is_last, now=now)
            raise

    def sign_in_by_passkey(
        self,
        answered: PasskeyAnswer,
        *,
        remote_address: str,
        user_agent: str,
        now: datetime,
        replaces: str | None = None,
    ) -> Visitor:
        """Open a session by a passkey whose device recognises the person.

        replaces: the id of the browser's session, if any; it ends.
        Raises: PasskeyRefused, TooManyAttempts, PasskeysUnavailable.
        """
        budget = Budget(PASSKEYS_OF_NETWORK, (network_of(remote_address),))
        with self._database.command() as connection:
            admission = count_attempts(connection, [budget], secret=self._secret, now=now)
        require_admission(admission, None)
        with _recording_refusals(None):
            checked = self._check(answered, None, demands_verification=True, now=now)
            account = self._active_account(checked.account_id)
        context, use = own_context(account, now=now), self._use_of_passkey(checked)

        def work(connection: Connection) -> Visitor:
            use(connection, context)
            # It was none of the failures.
            undo_attempts(connection, [budget], secret=self._secret, now=now)
            record_sign_in(connection, account_id=account.id, now=now)
            if replaces:
                end_session(connection, session_id=replaces)
            visitor = start_visit(
                connection, account, user_agent=user_agent, now=now, way=SignInWay.PASSKEY, proved_at=now
            )
            self._sign_ins.mail_use_of_break_glass(connection, context, account)
            record_account_events(connection, context, [_signed_in(visitor)])
            return visitor

        visitor = self._log.run_new(context, work)
        self._sign_ins.record_use_of_break_glass(account)
        security_log.record(Reason.SIGNED_IN, account_id=account.id, detail="passkey")
        return visitor

    def _complete(self, visitor: Visitor, remote_address: str, use: _Use, *, now: datetime, by: str) -> Visitor:
        """Use the proof up; continue under a new id. by: its kind."""
        account, context = visitor.account, own_context(visitor.account, now=now)

        def work(connection: Connection) -> Visitor:
            self._reset_attempts(connection, account, remote_address)
            events = use(connection, context)
            completed, more = continue_session(connection, visitor, now=now)
            # The log's row is locked last: writers of tickets wait for nothing of the above.
            record_account_events(connection, context, [*more, *events])
            return completed

        completed = self._log.run_new(context, work)
        if visitor.session.awaits:
            security_log.record(Reason.SIGNED_IN, account_id=account.id, detail=by)
        return completed

    def _use_of_code(self, account: Account, typed: str) -> _Use:
        code, recovery = app_code_of(typed), recovery_code_of(typed)
        hashed = self._hash_of(account, recovery) if recovery else None

        def use(connection: Connection, context: CommandContext) -> list[AuditEvent]:
            if code and use_app_code(
                connection, self._opened_keys(connection), account_id=account.id, code=code, now=context.at
            ):
                return []
            if hashed and use_recovery_code(connection, account_id=account.id, hashed=hashed):
                enqueue_mail(connection, context, MailKind.RECOVERY_CODE_USED, account_id=account.id)
                left = find_enrolled_factors(connection, account_id=account.id).recovery_codes
                return [AuditEvent(RecoveryCodeUsed, account.id, {"remaining": left})]
            raise WrongCode

        return use

    def _hash_of(self, account: Account, code: str) -> str | None:
        """Find the code among the account's, in 22 ms, outside of transactions."""
        with self._database.query() as connection:
            hashes = hashes_of_recovery_codes(connection, account_id=account.id)
        return passwords.first_match(code, among=hashes)

    def _use_of_passkey(self, checked: _CheckedPasskey) -> _Use:
        def use(connection: Connection, context: CommandContext) -> list[AuditEvent]:
            use_challenge(connection, checked.challenge, now=context.at)
            if not use_passkey(connection, passkey_id=checked.id, sign_count=checked.sign_count, now=context.at):
                raise PasskeyCloned
            return []

        return use

    def _check(
        self, answered: PasskeyAnswer, account: Account | None, *, demands_verification: bool, now: datetime
    ) -> _CheckedPasskey:
        """Check an answer. account: whose passkey is asked; None for anybody's."""
        party, purpose = self._require_party(), _purpose(account)
        challenge = require_challenge(self._keys.accepted_secrets(now), answered.challenge, purpose=purpose, now=now)
        credential_id = credential_id_of(answered.answer)
        with self._database.query() as connection:
            passkey = find_passkey(connection, self._opened_keys(connection), credential_id=credential_id)
        if passkey is None or (account and passkey.account_id != account.id):
            raise PasskeyRefused
        sign_count = check_request(
            party,
            answered.answer,
            challenge=challenge,
            public_key=passkey.public_key,
            sign_count=passkey.sign_count,
            demands_verification=demands_verification,
        )
        return _CheckedPasskey(passkey.id, passkey.account_id, sign_count, challenge)

    def _active_account(self, account_id: str) -> Account:
        """Return the account that a passkey opens.

        Raises: PasskeyRefused, where it is deactivated, or only the company's provider signs it in.
        """
        with self._database.query() as connection:
            account = find_account(connection, account_id=account_id)
            if account is None or not account.active or not self._sign_ins.uses_password(connection, account):
                raise PasskeyRefused
        return account

    def _count(self, account: Account, remote_address: str, *, now: datetime) -> bool:
        """Count an attempt; return whether it is the last one. Raises: TooManyAttempts."""
        with self._database.command() as connection:
            admission = count_attempts(connection, _budgets(account, remote_address), secret=self._secret, now=now)
        require_admission(admission, account)
        return admission.locks

    def _reset_attempts(self, connection: Connection, account: Account, remote_address: str) -> None:
        reset_attempts(connection, *_budgets(account, remote_address), secret=self._secret)

    def _record_wrong(self, account: Account, refusal: Refusal, *, is_last: bool, now: datetime) -> None:
        _record_refusal(account, refusal)
        if is_last:
            self._sign_ins.record_lock(account, now=now)

    def _require_party(self) -> RelyingParty:
        if self._party is None:
            raise PasskeysUnavailable
        return self._party

    @property
    def _secret(self) -> bytes:
        return self._keys.secret

    def _opened_keys(self, connection: Connection) -> Keys:
        return Keys(connection, self._keys.sealing)


def continue_session(connection: Connection, visitor: Visitor, *, now: datetime) -> tuple[Visitor, list[AuditEvent]]:
    """Continue a session, signed in now, under a new id.

    Return the event of a sign-in that this completes, for the caller to record.
    Raises: WrongCredentials, where the session ended meanwhile.
    """
    account = visitor.account
    continued = existing_visitor(connection, renew_session(connection, visitor.session, now=now), now=now)
    if not visitor.session.awaits:
        return continued, []
    own_hash = continued.session.id_hash
    drop_surplus_sessions(connection, account_id=account.id, own_hash=own_hash, is_unfinished=False)
    record_sign_in(connection, account_id=account.id, now=now)
    return continued, [_signed_in(continued)]


def _signed_in(visitor: Visitor) -> AuditEvent:
    return AuditEvent(SignedIn, visitor.account.id, {"way": visitor.session.way.value})


@contextmanager
def _recording_refusals(account: Account | None) -> Iterator[None]:
    """Write a refusal inside the block to the security log."""
    try:
        yield
    except PasskeyRefused as refusal:
        _record_refusal(account, refusal)
        raise


def _record_refusal(account: Account | None, refusal: Refusal) -> None:
    reason = Reason.PASSKEY_CLONED if isinstance(refusal, PasskeyCloned) else Reason.WRONG_SECOND_FACTOR
    security_log.record(reason, account_id=account.id if account else None)


def use_challenge(connection: Connection, challenge: bytes, *, now: datetime) -> None:
    """Use a challenge up. Raises: PasskeyRefused, where it was used before.

    challenge: decoded, as several texts decode to the same bytes.
    """
    budget = Budget(_CHALLENGE, (challenge.hex(),))
    # It is random, so it is its own key, which a new secret key leaves the same.
    if count_attempts(connection, [budget], secret=challenge, now=now).seconds_to_wait:
        raise PasskeyRefused


def _purpose(account: Account | None) -> str:
    """Return the purpose of challenges for one person alone, or for anybody."""
    return f"second step {account.id}" if account else "sign-in"


def _budgets(account: Account, remote_address: str) -> list[Budget]:
    """List the budgets of a person's codes and passkeys."""
    network = network_of(remote_address)
    return [Budget(CODES_OF_ACCOUNT, (account.id,)), Budget(CODES_OF_NETWORK, (account.id, network))]
