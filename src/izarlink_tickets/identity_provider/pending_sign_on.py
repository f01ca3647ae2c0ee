"""A sign-on on its way through the provider.

The browser that began it keeps it in its signed cookie, so that no other browser can end it.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, Self

from izarlink_tickets.database import CLOCK_TOLERANCE
from izarlink_tickets.identity_provider.refusals import SignOnNotStarted

# Time for a password, a second factor and a forgotten telephone.
LIFETIME = timedelta(minutes=10)
# As base64: 43 characters, the least of a PKCE verifier. Source: RFC 7636 §4.1.
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class PendingSignOn:
    """A sign-on under way, which the provider's answer must fit.

    began_at: seconds since 1970. renews: whether a signed-in person proves again who they are.
    """

    state: str
    nonce: str
    verifier: str
    began_at: float
    renews: bool = False

    @classmethod
    def begin(cls, *, now: datetime, renews: bool) -> Self:
        state, nonce, verifier = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
        return cls(state, nonce, verifier, now.timestamp(), renews)

    @classmethod
    def load(cls, stored: object) -> Self | None:
        """Load what `store` returned; None for anything else."""
        return cls(**stored) if isinstance(stored, dict) and stored.keys() == set(cls.__slots__) else None

    def store(self) -> dict[str, Any]:
        return asdict(self)

    def require_state(self, state: str, *, now: datetime) -> None:
        """Check that the answer belongs to this sign-on. Raises: SignOnNotStarted."""
        age = now - datetime.fromtimestamp(self.began_at, UTC)
        # Compared as bytes: a state with other characters is another one, too.
        if (
            not compare_digest(state.encode("utf-8", "surrogatepass"), self.state.encode())
            or not -CLOCK_TOLERANCE < age < LIFETIME
        ):
            raise SignOnNotStarted
