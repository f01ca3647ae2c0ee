"""The interface of transports (SMTP, a folder), and their errors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail ready to send. at: aware. content: CRLF, ASCII only."""

    name: str
    recipient: str
    at: datetime
    content: bytes


class Transport(Protocol):
    """A transport of mails, for one thread."""

    def prepare(self) -> None:
        """Connect if necessary, before any message is leased. Raises: ServerUnreachable."""

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Deliver the mail and return the server's answer.

        deadline: on the monotonic clock; nothing is sent after it.
        Raises: Refused, Deferred, ServerBusy, ServerUnreachable.
        """

    def close(self) -> None:
        """Close the connection; `prepare` opens another."""


class NotDelivered(Exception):
    """The mail was not delivered. answer: without the recipient's address."""

    def __init__(self, answer: str) -> None:
        super().__init__(answer)
        self.answer = answer


class ServerUnreachable(NotDelivered):
    """No mail can be delivered now."""


class ServerBusy(NotDelivered):
    """The server ends every connection (421); the mail is not at fault."""


class Refused(NotDelivered):
    """The server has refused this mail for good (5xx)."""


class Deferred(NotDelivered):
    """The mail can be retried. is_doubtful: it may have arrived."""

    def __init__(self, answer: str, *, is_doubtful: bool = False) -> None:
        super().__init__(answer)
        self.is_doubtful = is_doubtful
