"""A real SMTP server that stores mails for tests."""

import email
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from threading import Condition

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.ports import free_port

WAIT_SECONDS = 60


@dataclass
class Mailbox:
    """All mails in the order of arrival; a handler for aiosmtpd."""

    port: int
    mails: list[EmailMessage] = field(default_factory=list)
    _changed: Condition = field(default_factory=Condition)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Store the mail."""
        mail = email.message_from_bytes(envelope.original_content or b"", policy=default)
        with self._changed:
            self.mails.append(mail)
            self._changed.notify_all()
        return "250 stored"

    def to(self, address: str) -> list[EmailMessage]:
        """Return the mails to an address."""
        return [mail for mail in self.mails if address in str(mail["To"])]

    def wait_for(self, address: str, *, saying: str) -> EmailMessage:
        """Wait for a mail to the address whose text contains `saying`."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._find(address, saying), WAIT_SECONDS)
        assert arrived, [text_of(mail) for mail in self.to(address)]
        return arrived

    def _find(self, address: str, saying: str) -> EmailMessage | None:
        return next((mail for mail in self.to(address) if saying in text_of(mail)), None)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Listen on a free port of the loopback."""
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def text_of(mail: EmailMessage) -> str:
    """Return the text part."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(mail: EmailMessage, *, under: str) -> str:
    """Return the first link in the text that starts with `under`."""
    link = re.search(re.escape(under) + r"\S*", text_of(mail))
    assert link, text_of(mail)
    return link[0]
