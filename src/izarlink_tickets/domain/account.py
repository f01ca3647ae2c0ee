"""What security must be able to audit about an account (D7): facts without a name or an address. It decides nothing.

The stream of an account bears the account's id. Failed attempts are no events: the throttle table counts them.
"""

from typing import ClassVar

from eventsourcing.domain import AggregateEvent


class AccountEvent(AggregateEvent):
    """A fact of an account's life. actor_id: who did it, the account itself as a rule."""

    TOPIC: ClassVar[str]

    actor_id: str
    role: str
    channel: str
    command_id: str


class AccountCreated(AccountEvent):
    """The account exists. account_role: its role, `role` being the actor's."""

    TOPIC: ClassVar[str] = "account.created"

    account_role: str
    organisation_id: str | None


class InitialPasswordIssued(AccountEvent):
    """A password that opens nothing but its own change was made, or will be when its mail is sent (R4, R5)."""

    TOPIC: ClassVar[str] = "account.initial-password-issued"


class PasswordChanged(AccountEvent):
    """The person chose a password."""

    TOPIC: ClassVar[str] = "account.password-changed"


class EmailChanged(AccountEvent):
    """A new mail address was confirmed by the link sent to it (R8)."""

    TOPIC: ClassVar[str] = "account.email-changed"


class SignedIn(AccountEvent):
    """Somebody gave the right password."""

    TOPIC: ClassVar[str] = "account.signed-in"


class Locked(AccountEvent):
    """Too many wrong passwords: sign-in is refused for a while."""

    TOPIC: ClassVar[str] = "account.locked"


class Deactivated(AccountEvent):
    """The account opens nothing any more."""

    TOPIC: ClassVar[str] = "account.deactivated"


ACCOUNT_EVENTS: tuple[type[AccountEvent], ...] = (
    AccountCreated,
    InitialPasswordIssued,
    PasswordChanged,
    EmailChanged,
    SignedIn,
    Locked,
    Deactivated,
)
