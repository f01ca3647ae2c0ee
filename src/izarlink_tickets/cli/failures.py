"""Failures that only the command line knows; `refusals` has their sentences."""

from dataclasses import dataclass
from datetime import datetime


class Breach(Exception):
    """A verification failed; the message is one sentence."""


class ClockImplausible(Exception):
    """The machine's clock is wrong.

    Events recorded now would keep the wrong time for ever.
    """


@dataclass(eq=False)
class NotActiveStaff(Exception):
    """No active staff account has this address.

    option: where the address was typed.
    """

    email: str
    option: str


@dataclass(eq=False)
class RequesterLeft(Exception):
    """The requester's account is closed.

    option: where the address was typed.
    """

    email: str
    option: str


@dataclass(eq=False)
class OptionEmpty(Exception):
    """The option needs a text."""

    option: str


@dataclass(eq=False)
class UnknownVersion(Exception):
    """The ticket has fewer versions."""

    number: int
    version: int
    last_version: int


@dataclass(eq=False)
class UnknownMail(Exception):
    """The outbox has no such mail."""

    mail_id: str


@dataclass(eq=False)
class WaitingMailsUndecided(Exception):
    """Some waiting mails may have been sent already: the operator decides.

    Times are aware UTC.
    """

    count: int
    oldest: datetime
    held_since: datetime


class AddressTaken(Exception):
    """The address is in use, or is not one of this machine's.

    The message has the address and the reason.
    """


class ServerFailed(Exception):
    """The server stopped by itself; the log has the reason."""
