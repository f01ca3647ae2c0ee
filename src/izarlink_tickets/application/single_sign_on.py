"""Sign-ins of IzarLink's people through their OpenID provider.

The provider says who they are and which role they have, at each sign-in; a role that changed there ends older sessions.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from izarlink_tickets import security_log
from izarlink_tickets.accounts import (
    Account,
    Budget,
    EmailTaken,
    InvalidEmail,
    Limit,
    count_attempts,
    find_account_by_identity,
    lock_account,
    lock_administrators,
    network_of,
    record_sign_in,
    undo_attempts,
)
from izarlink_tickets.accounts import change_role as store_role
from izarlink_tickets.application.account_events import own_context, record_account_event
from izarlink_tickets.application.accounts import Accounts, NewAccount, refuse_last_administrator
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.sign_ins import SignIns, require_admission, start_visit
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.config import MasterKeys, OidcSettings, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.account import RoleChanged, SignedIn
from izarlink_tickets.domain.errors import Refusal, TextRefused
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext, Role
from izarlink_tickets.identity_provider import (
    Identity,
    IdentityProvider,
    PendingSignOn,
    ProviderUnavailable,
    SignOnCancelled,
    SignOnNotRecent,
    SignOnNotStarted,
    SignOnRejected,
    require_started,
)
from izarlink_tickets.sealing import Keys
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions import (
    ProviderSession,
    SignInStep,
    SignInWay,
    end_session,
    end_sessions,
    find_sealed_id_token,
    store_provider_session,
)

# Each answer costs a conversation with the provider. An office has one address for all its people.
SIGN_ON_ADDRESS = Limit("sign-on-address", 60, timedelta(minutes=15))


_NOT_ENTITLED = Reason.SIGN_ON_NOT_ENTITLED


class RoleNotMapped(Refusal):
    """The provider gives the person no role here."""


class IdentityNotLinked(Refusal):
    """No account is linked to the person."""


class AccountClosed(Refusal):
    """The person's account is deactivated, or has become a customer's."""


class AnotherPerson(Refusal):
    """The provider has named another person than the visitor."""


_REASONS: Mapping[type[Refusal], Reason] = {
    ProviderUnavailable: Reason.PROVIDER_UNAVAILABLE,
    **dict.fromkeys(
        (SignOnNotStarted, SignOnCancelled, SignOnRejected, SignOnNotRecent, AnotherPerson), Reason.SIGN_ON_REJECTED
    ),
}


class SingleSignOn:
    """Sign-ins by the provider of the settings. now: aware UTC."""

    def __init__(
        self,
        log: CommandLog,
        database: Database,
        accounts: Accounts,
        sign_ins: SignIns,
        keys: MasterKeys,
        *,
        settings: Settings,
        oidc: OidcSettings,
    ) -> None:
        self._log = log
        self._database = database
        self._accounts = accounts
        self._sign_ins = sign_ins
        self._keys = keys
        self._settings = settings
        self._oidc = oidc
        self._provider = IdentityProvider(oidc)

    def begin(self, *, now: datetime, renews: bool = False) -> tuple[str, PendingSignOn]:
        """Return the provider's address, and what its answer must fit.

        renews: ask a signed-in person again who they are. Raises: ProviderUnavailable.
        """
        with _refusals_recorded():
            return self._provider.begin(now=now, renews=renews)

    def sign_in(
        self,
        pending: PendingSignOn | None,
        answer: dict[str, str],
        *,
        remote_address: str,
        user_agent: str,
        now: datetime,
        replaces: str | None = None,
    ) -> Visitor:
        """Open a session for the person whom the provider names.

        answer: the parameters with which the browser came back.
        replaces: the id of the browser's session, if any; it ends.
        Raises: TooManyAttempts, RoleNotMapped, IdentityNotLinked, AccountClosed, LastAdministrator, and what
        `IdentityProvider.complete` raises.
        """
        with _refusals_recorded():
            # First: pictures on a foreign page would else use up the turns of a whole office.
            require_started(pending, answer, now=now)
        self._count_attempt(remote_address, now=now)
        with _refusals_recorded():
            identity = self._provider.complete(pending, answer, now=now)
            account, role = self._account_of(identity, now=now)
            visitor = self._open_session(
                identity,
                account,
                role,
                remote_address=remote_address,
                user_agent=user_agent,
                now=now,
                replaces=replaces,
            )
        security_log.record(Reason.SIGNED_IN, account_id=account.id, detail=SignInWay.SINGLE_SIGN_ON.value)
        return visitor

    def prove_identity(
        self, visitor: Visitor, pending: PendingSignOn | None, answer: dict[str, str], *, now: datetime
    ) -> Visitor:
        """Renew the session of a person whom the provider has asked again.

        Raises: AnotherPerson, and what `IdentityProvider.complete` raises.
        """
        with _refusals_recorded(visitor.account.id):
            identity = self._provider.complete(pending, answer, now=now)
            with self._database.query() as connection:
                account = find_account_by_identity(connection, issuer=identity.issuer, subject=identity.subject)
            if account is None or account.id != visitor.account.id:
                raise AnotherPerson
        return self._sign_ins.renew(visitor, now=now)

    def sign_out_url(self, visitor: Visitor) -> str | None:
        """Return where the provider ends its session, if it began there.

        A provider that doesn't answer keeps nobody signed in here.
        """
        if visitor.session.way is not SignInWay.SINGLE_SIGN_ON:
            return None
        with self._database.query() as connection:
            sealed = find_sealed_id_token(connection, session_hash=visitor.session.id_hash)
            id_token = sealed and Keys(connection, self._keys.sealing).open(sealed, context=_context(visitor.account))
        try:
            return self._provider.sign_out_url(id_token)
        except ProviderUnavailable:
            security_log.record(Reason.PROVIDER_UNAVAILABLE, account_id=visitor.account.id, detail="sign-out")
            return None

    def _open_session(
        self,
        identity: Identity,
        account: Account,
        role: Role,
        *,
        remote_address: str,
        user_agent: str,
        now: datetime,
        replaces: str | None,
    ) -> Visitor:
        context, budget = own_context(account, now=now), Budget(SIGN_ON_ADDRESS, (network_of(remote_address),))

        def work(connection: Connection) -> Visitor:
            undo_attempts(connection, [budget], secret=self._keys.secret, now=now)
            lock_administrators(connection)
            current = lock_account(connection, account_id=account.id)
            _refuse_closed(current)
            self._adopt_role(connection, context, current, role)
            awaits = self._step_after(identity)
            if replaces:
                end_session(connection, session_id=replaces)
            visitor = start_visit(
                connection,
                current,
                user_agent=user_agent,
                now=now,
                way=SignInWay.SINGLE_SIGN_ON,
                awaits=awaits,
                # An answer without a question proves nothing now.
                proved_at=identity.authenticated_at,
            )
            self._store_provider_session(connection, visitor, identity)
            if awaits:
                # The second step records it.
                return visitor
            record_sign_in(connection, account_id=account.id, now=now)
            record_account_event(
                connection, context, SignedIn, account_id=account.id, way=SignInWay.SINGLE_SIGN_ON.value
            )
            return visitor

        return self._log.run_new(context, work)

    def _count_attempt(self, remote_address: str, *, now: datetime) -> None:
        budget = Budget(SIGN_ON_ADDRESS, (network_of(remote_address),))
        with self._database.command() as connection:
            admission = count_attempts(connection, [budget], secret=self._keys.secret, now=now)
        require_admission(admission, None)

    def _account_of(self, identity: Identity, *, now: datetime) -> tuple[Account, Role]:
        """Return the person's account and role.

        The account is made now where the settings say so.
        """
        with self._database.query() as connection:
            account = find_account_by_identity(connection, issuer=identity.issuer, subject=identity.subject)
        if identity.role is None:
            if account:
                self._end_sessions(account)
            raise RoleNotMapped
        role = Role(identity.role)
        return account or self._create_account(identity, role, now=now), role

    def _end_sessions(self, account: Account) -> None:
        """End what the person opened while they had a role."""
        with self._database.command() as connection:
            end_sessions(connection, account_id=account.id)

    def _create_account(self, identity: Identity, role: Role, *, now: datetime) -> Account:
        """Make the account of somebody who comes for the first time.

        An address that another account has links nobody. Raises: IdentityNotLinked.
        """
        if not self._oidc.creates_accounts:
            raise IdentityNotLinked
        context = CommandContext(SYSTEM, now, Channel.WEB, str(uuid4()))
        new = NewAccount(identity.email, identity.name or identity.email, role)
        try:
            return self._accounts.create_linked_account(context, new, subject=identity.subject)
        except (EmailTaken, InvalidEmail, TextRefused) as refusal:
            raise IdentityNotLinked from refusal

    def _adopt_role(self, connection: Connection, context: CommandContext, account: Account, role: Role) -> None:
        """Store the provider's role; a change ends the sessions.

        Raises: LastAdministrator.
        """
        if account.role is role:
            return
        if role is not Role.ADMINISTRATOR:
            refuse_last_administrator(connection, account)
        store_role(connection, account_id=account.id, role=role, organisation_id=None)
        end_sessions(connection, account_id=account.id)
        record_account_event(
            connection,
            context,
            RoleChanged,
            account_id=account.id,
            account_role=role.value,
            organisation_id=None,
            previous_account_role=account.role.value,
            previous_organisation_id=None,
        )

    def _step_after(self, identity: Identity) -> SignInStep | None:
        """Return what the sign-in awaits.

        Our second factor, unless the provider says that it asked for several. Source: ASVS 5.0, 6.8.4.
        """
        if self._settings.second_factor == "off" or identity.is_multi_factor:
            return None
        return SignInStep.SECOND_FACTOR

    def _store_provider_session(self, connection: Connection, visitor: Visitor, identity: Identity) -> None:
        keys, account = Keys(connection, self._keys.sealing), visitor.account
        sealed = keys.seal(account.id, identity.id_token, context=_context(account))
        store_provider_session(
            connection,
            session_hash=visitor.session.id_hash,
            provider_session=ProviderSession(identity.issuer, identity.subject, identity.session, sealed),
        )


@contextmanager
def _refusals_recorded(account_id: str | None = None) -> Iterator[None]:
    """Write a refusal to the security log, in our words."""
    try:
        yield
    except Refusal as refusal:
        reason = next((reason for kind, reason in _REASONS.items() if isinstance(refusal, kind)), _NOT_ENTITLED)
        security_log.record(reason, account_id=account_id, detail=str(refusal) or type(refusal).__name__)
        raise


def _refuse_closed(account: Account) -> None:
    if not account.active or account.role in CUSTOMER_ROLES:
        raise AccountClosed


def _context(account: Account) -> str:
    return f"id-token:{account.id}"
