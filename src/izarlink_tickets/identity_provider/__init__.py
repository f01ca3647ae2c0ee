"""The OpenID provider that staff sign in with.

Its client is loaded at the first sign-on of a process: the libraries take some megabytes, and most portals need none.
Source: OpenID Connect Core 1.0 §3.1, RFC 9700.
"""

from izarlink_tickets.identity_provider.identity import Identity
from izarlink_tickets.identity_provider.pending_sign_on import PendingSignOn
from izarlink_tickets.identity_provider.provider import IdentityProvider, require_started
from izarlink_tickets.identity_provider.refusals import (
    ProviderUnavailable,
    SignOnCancelled,
    SignOnNotRecent,
    SignOnNotStarted,
    SignOnRejected,
)
