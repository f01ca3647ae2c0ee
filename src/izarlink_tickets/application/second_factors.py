"""A person's own second factors: an app, passkeys and recovery codes.

Each change is an event without secrets, is mailed to the person and ends their other sessions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import (
    Account,
    EnrolledFactors,
    drop_second_factors,
    find_enrolled_factors,
    lock_account,
)
from izarlink_tickets.accounts.authenticator_apps import (
    app_code_of,
    app_url,
    draw_app_secret,
    drop_app,
    step_of_code,
    store_app,
)
from izarlink_tickets.accounts.passkey_ceremony import (
    PORTAL_NAME,
    RelyingParty,
    check_creation,
    creation_options,
    new_challenge,
    require_challenge,
)
from izarlink_tickets.accounts.passkeys import Passkey, drop_passkey, list_passkeys, store_passkey
from izarlink_tickets.accounts.recovery_codes import draw_recovery_codes, hash_recovery_codes, store_recovery_codes
from izarlink_tickets.application.account_events import AuditEvent, own_context, record_account_events
from izarlink_tickets.application.accounts import NoSecondFactor, enqueue_mail
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.second_steps import (
    PasskeyAnswer,
    PasskeysUnavailable,
    WrongCode,
    continue_session,
    use_challenge,
)
from izarlink_tickets.application.sign_ins import must_have_second_factor
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import (
    AccountEvent,
    RecoveryCodesCreated,
    SecondFactorAdded,
    SecondFactorRemoved,
)
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import SecondFactorKind
from izarlink_tickets.outbox import MailKind
from izarlink_tickets.sealing import Keys, SealBroken
from izarlink_tickets.sessions import end_sessions

_Change = Callable[[Connection, Keys], None]


class EnrolmentInvalid(Refusal):
    """The app's secret was not drawn by the portal for this person."""


class SecondFactorRequired(Refusal):
    """It is the last second factor, and the role demands one."""


@dataclass(frozen=True, slots=True)
class AppEnrolment:
    """A secret to put into an app.

    token: the secret, sealed for the person, for the form that confirms it. url: of the QR code.
    """

    secret: str = field(repr=False)
    token: str = field(repr=False)
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnFactors:
    """A person's second factors.

    must_keep_one: the operator demands one of their role.
    """

    enrolled: EnrolledFactors
    passkeys: list[Passkey]
    must_keep_one: bool

    @property
    def can_remove(self) -> bool:
        """Whether the person may remove one."""
        return not (self.must_keep_one and self.enrolled.is_last)


class SecondFactors:
    """Commands of a person on their own second factors. now: aware UTC.

    Those that return a visitor continue the session under a new id.
    """

    def __init__(self, log: CommandLog, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._log = log
        self._database = database
        self._settings = settings
        self._party = RelyingParty.of(settings.base_url)
        self._keys = keys

    def of(self, account: Account) -> OwnFactors:
        """Return what the person has set up."""
        with self._database.query() as connection:
            enrolled = find_enrolled_factors(connection, account_id=account.id)
            known = list_passkeys(connection, self._opened_keys(connection), account_id=account.id)
        return OwnFactors(enrolled, known, self.must_keep_one(account))

    def must_keep_one(self, account: Account) -> bool:
        """Return whether the operator demands one of the person."""
        return must_have_second_factor(account, self._settings)

    def has_any(self, account: Account) -> bool:
        """Return whether the person has a second factor."""
        with self._database.query() as connection:
            return find_enrolled_factors(connection, account_id=account.id).is_any

    def begin_app(self, visitor: Visitor) -> AppEnrolment:
        """Draw a secret for the person's app; nothing is stored yet."""
        return self._enrolment(visitor, draw_app_secret())

    def resume_app(self, visitor: Visitor, *, token: str) -> AppEnrolment:
        """Return the enrolment that a form holds; else a new one."""
        try:
            return self._enrolment(visitor, self._secret_in(visitor, token))
        except EnrolmentInvalid:
            return self.begin_app(visitor)

    def add_app(self, visitor: Visitor, *, token: str, typed: str, now: datetime) -> Visitor:
        """Store the app that shows the typed code, replacing an earlier one.

        Raises: EnrolmentInvalid, WrongCode, NotAllowed.
        """
        secret, code = self._secret_in(visitor, token), app_code_of(typed)
        step = step_of_code(secret, code, now=now) if code else None
        if step is None:
            raise WrongCode
        account_id = visitor.account.id
        return self._add(
            visitor,
            SecondFactorKind.APP,
            lambda connection, keys: store_app(
                connection, keys, account_id=account_id, secret=secret, step=step, now=now
            ),
            now=now,
        )

    def remove_app(self, visitor: Visitor, *, now: datetime) -> Visitor:
        """Remove the app. Raises: NoSecondFactor, SecondFactorRequired."""

        def remove(connection: Connection, _: Keys) -> None:
            if not drop_app(connection, account_id=visitor.account.id):
                raise NoSecondFactor

        return self._remove(visitor, SecondFactorKind.APP, remove, now=now)

    def passkey_options(self, visitor: Visitor, *, now: datetime) -> tuple[str, str] | None:
        """Return challenge and options to create a passkey, if browsers can."""
        if self._party is None:
            return None
        with self._database.query() as connection:
            known = list_passkeys(connection, self._opened_keys(connection), account_id=visitor.account.id)
        account, challenge = visitor.account, new_challenge(self._secret, purpose=_purpose(visitor), now=now)
        return challenge, creation_options(
            self._party,
            account_id=account.id,
            email=account.email,
            name=account.name,
            challenge=challenge,
            known=[passkey.credential_id for passkey in known],
        )

    def add_passkey(self, visitor: Visitor, answered: PasskeyAnswer, *, name: str, now: datetime) -> Visitor:
        """Store a passkey under a name.

        Raises: PasskeyRefused, PasskeyTaken, TooManyPasskeys, PasskeysUnavailable, NotAllowed.
        """
        if self._party is None:
            raise PasskeysUnavailable
        secrets = self._keys.accepted_secrets(now)
        challenge = require_challenge(secrets, answered.challenge, purpose=_purpose(visitor), now=now)
        new = check_creation(self._party, answered.answer, challenge=challenge)

        def change(connection: Connection, keys: Keys) -> None:
            use_challenge(connection, challenge, now=now)
            store_passkey(connection, keys, account_id=visitor.account.id, name=name, new=new, now=now)

        return self._add(visitor, SecondFactorKind.PASSKEY, change, now=now)

    def remove_passkey(self, visitor: Visitor, *, passkey_id: str, now: datetime) -> Visitor:
        """Remove one of the person's passkeys. Raises: PasskeyUnknown, SecondFactorRequired."""
        account_id = visitor.account.id
        return self._remove(
            visitor,
            SecondFactorKind.PASSKEY,
            lambda connection, _: drop_passkey(connection, account_id=account_id, passkey_id=passkey_id),
            now=now,
        )

    def create_recovery_codes(self, visitor: Visitor, *, now: datetime) -> list[str]:
        """Replace the recovery codes by ten new ones, returned this once.

        Raises: NoSecondFactor.
        """
        account, context = visitor.account, own_context(visitor.account, now=now)
        codes = draw_recovery_codes()
        # Before the transaction: it takes 0.2 s.
        hashes = hash_recovery_codes(codes)

        def work(connection: Connection) -> None:
            if not find_enrolled_factors(connection, account_id=account.id).is_any:
                raise NoSecondFactor
            store_recovery_codes(connection, account_id=account.id, hashes=hashes)
            enqueue_mail(connection, context, MailKind.RECOVERY_CODES_CREATED, account_id=account.id)
            record_account_events(connection, context, [AuditEvent(RecoveryCodesCreated, account.id)])

        self._log.run_new(context, work)
        return codes

    def _add(self, visitor: Visitor, kind: SecondFactorKind, add: _Change, *, now: datetime) -> Visitor:
        account_id = visitor.account.id

        def change(connection: Connection, keys: Keys) -> None:
            lock_account(connection, account_id=account_id)
            is_first = not find_enrolled_factors(connection, account_id=account_id).is_any
            # Else a password alone would get another factor, and thereby in.
            access.require(allowed=is_first or not visitor.session.awaits)
            add(connection, keys)

        return self._change(visitor, SecondFactorAdded, MailKind.SECOND_FACTOR_ADDED, kind, change, now=now)

    def _remove(self, visitor: Visitor, kind: SecondFactorKind, remove: _Change, *, now: datetime) -> Visitor:
        account = visitor.account
        access.require(allowed=visitor.session.awaits is None)

        def change(connection: Connection, keys: Keys) -> None:
            lock_account(connection, account_id=account.id)
            remove(connection, keys)
            if find_enrolled_factors(connection, account_id=account.id).is_any:
                return
            if must_have_second_factor(account, self._settings):
                raise SecondFactorRequired
            drop_second_factors(connection, account_id=account.id)

        return self._change(visitor, SecondFactorRemoved, MailKind.SECOND_FACTOR_REMOVED, kind, change, now=now)

    def _change(
        self,
        visitor: Visitor,
        event: type[AccountEvent],
        mail: MailKind,
        kind: SecondFactorKind,
        change: _Change,
        *,
        now: datetime,
    ) -> Visitor:
        account, context = visitor.account, own_context(visitor.account, now=now)

        def work(connection: Connection) -> Visitor:
            change(connection, self._opened_keys(connection))
            end_sessions(connection, account_id=account.id, except_id=visitor.session_id)
            continued, events = continue_session(connection, visitor, now=now)
            enqueue_mail(connection, context, mail, account_id=account.id)
            # The log's row is locked last: writers of tickets wait for nothing of the above.
            changed = AuditEvent(event, account.id, {"factor": kind.value})
            record_account_events(connection, context, [changed, *events])
            return continued

        return self._log.run_new(context, work)

    def _enrolment(self, visitor: Visitor, secret: str) -> AppEnrolment:
        # Writable: a person who was erased gets a new key.
        with self._database.command() as connection:
            token = self._opened_keys(connection).seal(visitor.account.id, secret, context=_purpose(visitor))
        return AppEnrolment(secret, token, app_url(secret, email=visitor.account.email, issuer=PORTAL_NAME))

    def _secret_in(self, visitor: Visitor, token: str) -> str:
        """Open the secret that was sealed for this person. Raises: EnrolmentInvalid."""
        try:
            with self._database.query() as connection:
                secret = self._opened_keys(connection).open(token, context=_purpose(visitor))
        except SealBroken as error:
            raise EnrolmentInvalid from error
        if not secret:
            raise EnrolmentInvalid
        return secret

    @property
    def _secret(self) -> bytes:
        return self._keys.secret

    def _opened_keys(self, connection: Connection) -> Keys:
        return Keys(connection, self._keys.sealing)


def _purpose(visitor: Visitor) -> str:
    """Return what ties secrets and challenges to the person, whatever session continues."""
    return f"enrolment {visitor.account.id}"
