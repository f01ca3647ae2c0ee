"""Refusals of a sign-on.

A message is the cause for the log, in our words; no page shows the provider's own.
"""

from izarlink_tickets.domain.errors import Refusal


class ProviderUnavailable(Refusal):
    """The provider doesn't answer as it should."""


class SignOnNotStarted(Refusal):
    """No sign-on waits in this browser: it never began, or is over."""


class SignOnCancelled(Refusal):
    """The provider returned an error, such as the person's refusal."""


class SignOnRejected(Refusal):
    """The provider's answer doesn't prove who the person is."""


class SignOnNotRecent(Refusal):
    """The provider hasn't asked the person again."""
