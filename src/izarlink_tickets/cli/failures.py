"""What a command can fail of besides the portal's own refusals; `refusals` has the sentences."""

from dataclasses import dataclass
from datetime import datetime


class Breach(Exception):
    """A verification found what must not be; the message is one sentence."""


class ClockImplausible(Exception):
    """The machine's clock is wrong: what would be recorded now could never be put right."""


@dataclass(eq=False)
class NotAtTheDesk(Exception):
    """The address is that of nobody who may work on tickets. option: where it was given."""

    option: str


@dataclass(eq=False)
class ChoiceNeeded(Exception):
    """Whether mails go that may have gone already, only an operator can say. Times are aware UTC."""

    count: int
    oldest: datetime
    held_since: datetime


class AddressTaken(Exception):
    """Nobody can listen there: another process does, or this machine has no such address. The message says which."""


class ServerFailed(Exception):
    """The server ended by itself; the log says why."""
