"""The portal's side of the conversation with the provider."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from izarlink_tickets.config import OidcSettings
from izarlink_tickets.identity_provider.identity import Identity, identity_of
from izarlink_tickets.identity_provider.pending_sign_on import PendingSignOn
from izarlink_tickets.identity_provider.refusals import (
    ProviderUnavailable,
    SignOnCancelled,
    SignOnNotRecent,
    SignOnNotStarted,
    SignOnRejected,
)

if TYPE_CHECKING:
    from izarlink_tickets.identity_provider.client import ProviderClient

# A provider that hangs holds this many of a process's threads, and no more. The others serve pages.
MOST_AT_ONCE = 2
# Between the clocks of the provider and of this machine.
LEEWAY = timedelta(seconds=60)
# The provider decides what is in it.
MAX_CODE = 4_096


class IdentityProvider:
    """The provider of the settings. now: aware UTC."""

    def __init__(self, settings: OidcSettings) -> None:
        """Prepare without connecting."""
        self.settings = settings
        self._places = BoundedSemaphore(MOST_AT_ONCE)

    @cached_property
    def _client(self) -> "ProviderClient":
        from izarlink_tickets.identity_provider.client import ProviderClient  # noqa: PLC0415 - 20 MB, where it is used

        return ProviderClient(self.settings)

    def begin(self, *, now: datetime, renews: bool = False) -> tuple[str, PendingSignOn]:
        """Return the provider's address, and what its answer must fit.

        renews: ask a signed-in person again who they are. Raises: ProviderUnavailable.
        """
        pending = PendingSignOn.begin(now=now, renews=renews)
        with _Place(self._places):
            return self._client.authorization_url(pending), pending

    def complete(self, pending: PendingSignOn | None, answer: Mapping[str, str], *, now: datetime) -> Identity:
        """Exchange the provider's answer for the person's identity.

        answer: the parameters with which the browser came back.
        Raises: SignOnNotStarted, SignOnCancelled, SignOnRejected, SignOnNotRecent, ProviderUnavailable.
        """
        pending = require_started(pending, answer, now=now)
        code = self._code(answer)
        with _Place(self._places):
            claims, id_token = self._client.exchange(pending, code, now=now)
        identity = identity_of(claims, id_token, self.settings)
        if pending.renews:
            _require_recent(identity, pending)
        return identity

    def sign_out_url(self, id_token: str | None) -> str | None:
        """Return the provider's address that ends its session; None without one.

        id_token: of the session that ends. Raises: ProviderUnavailable.
        """
        with _Place(self._places):
            return self._client.sign_out_url(id_token)

    def check(self) -> str:
        """Load metadata and keys anew, and describe them.

        Raises: ProviderUnavailable.
        """
        return self._client.check()

    def _code(self, answer: Mapping[str, str]) -> str:
        issuer, code = answer.get("iss"), answer.get("code", "")
        # Source: RFC 9207. It must not be another provider's answer.
        if issuer is not None and issuer != self.settings.issuer:
            raise SignOnRejected("another issuer answers")
        if "error" in answer:
            raise SignOnCancelled
        if not code or len(code) > MAX_CODE or not code.isascii() or not code.isprintable():
            raise SignOnRejected("no code")
        return code


def require_started(pending: PendingSignOn | None, answer: Mapping[str, str], *, now: datetime) -> PendingSignOn:
    """Check that this browser began the sign-on that is answered.

    Raises: SignOnNotStarted, SignOnRejected.
    """
    if pending is None:
        raise SignOnNotStarted
    pending.require_state(answer.get("state", ""), now=now)
    return pending


class _Place:
    """One of the few conversations at a time. Raises: ProviderUnavailable."""

    def __init__(self, places: BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise ProviderUnavailable("other sign-ons wait for it")

    def __exit__(self, *_: object) -> None:
        self._places.release()


def _require_recent(identity: Identity, pending: PendingSignOn) -> None:
    """Check that the person was asked after the sign-on began.

    Source: OpenID Connect Core §3.1.2.1, max_age.
    """
    began_at = datetime.fromtimestamp(pending.began_at, UTC)
    if identity.authenticated_at is None or identity.authenticated_at < began_at - LEEWAY:
        raise SignOnNotRecent
