"""What the mailer asks of a way to deliver, and what may come of it. SMTP and a folder are such ways."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A message ready to go. name: the letter's id; at: aware; content: the message, CRLF and ASCII."""

    name: str
    recipient: str
    at: datetime
    content: bytes


class Transport(Protocol):
    """A way to deliver, for one thread."""

    def prepare(self) -> None:
        """Be ready for a mail. Raises: ServerUnreachable, before any letter is taken."""

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Hand the mail over and give the server's answer.

        deadline: on the monotonic clock; past it nothing may be handed over any more.
        Raises: Refused, Deferred.
        """

    def close(self) -> None:
        """Give the connection back; `prepare` makes another."""


class NotDelivered(Exception):
    """answer: the server's words or what went wrong, without the recipient's address."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class ServerUnreachable(NotDelivered):
    """No mail at all can be handed over now."""


class Refused(NotDelivered):
    """The server refused this mail for good (5xx)."""


class Deferred(NotDelivered):
    """Try again later (4xx, a lost connection). is_doubtful: the mail may have arrived all the same."""

    def __init__(self, answer: str, *, is_doubtful: bool = False) -> None:
        super().__init__(answer)
        self.is_doubtful = is_doubtful
