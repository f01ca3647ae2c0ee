"""A real SMTP server on the loopback, with scripted answers."""

import asyncio
import email
import socket
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from izarlink_tickets.config import SmtpServer

OK = "250 2.0.0 Ok: queued as 4XYZ"
# Special answers: cut the connection, or never answer.
DROP, HANG = "DROP", "HANG"
WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Received:
    """A received message. raw: between DATA and the final dot, unstuffed."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return text_of(self.message, "plain")

    @property
    def html(self) -> str:
        return text_of(self.message, "html")


def text_of(message: EmailMessage, subtype: str) -> str:
    """Return the decoded text or HTML of a message, with LF."""
    part = message.get_body((subtype,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


class PostOffice:
    """The SMTP server of a test; aiosmtpd calls the `handle_` methods."""

    def __init__(self) -> None:
        # Whether it offers to take several commands at once.
        self.pipelines = False
        self.received: list[Received] = []
        self.connections = 0
        # The settings that reach it.
        self.server = smtp_server(0)
        # Set by each message, before its answer.
        self.has_mail = threading.Event()
        self._answers: dict[str, deque[str]] = defaultdict(deque)
        self._dead: dict[str, str] = {}

    def will_answer(self, command: str, *answers: str) -> None:
        """Answer the next commands (MAIL, RCPT, DATA) so; then accept again."""
        self._answers[command].extend(answers)

    def has_no(self, recipient: str, answer: str = "550 5.1.1 no such user") -> None:
        """Refuse this recipient, whatever the script says."""
        self._dead[recipient] = answer

    def next_answer(self, command: str, otherwise: str) -> str:
        """Return the scripted answer, or the one that accepts."""
        return self._answers[command].popleft() if self._answers[command] else otherwise

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", *responses[1:]] if self.pipelines else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self._answer("MAIL", server)
        envelope.mail_from = address if answer.startswith("250") else None
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self._dead.get(address) or await self._answer("RCPT", server)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.next_answer("DATA", OK)
        if not answer.startswith(("4", "5")):
            assert isinstance(envelope.content, bytes)
            recipients = ",".join(envelope.rcpt_tos)
            self.received.append(Received(str(envelope.mail_from), recipients, envelope.content))
            self.has_mail.set()
        return await self._send(answer, server)

    async def _answer(self, command: str, server: SMTP) -> str:
        return await self._send(self.next_answer(command, "250 2.1.0 Ok"), server)

    async def _send(self, answer: str, server: SMTP) -> str:
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer


class _Server(Controller):
    """aiosmtpd on a port that the system chooses."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def open_post_office(office: PostOffice | None = None, /, **options: Any) -> Iterator[PostOffice]:
    """Serve until the end of the block; options are aiosmtpd's."""
    office = office or PostOffice()
    server = _Server(office, hostname="127.0.0.1", port=0, ready_timeout=WAIT_SECONDS, **options)
    server.start()
    try:
        office.server = smtp_server(server.port)
        yield office
    finally:
        server.stop()


def smtp_server(port: int, **changes: Any) -> SmtpServer:
    """Return the settings of a loopback server, with changes."""
    settings = {
        "host": "127.0.0.1",
        "port": port,
        "user": None,
        "password": None,
        "is_tls_from_start": False,
        "demands_tls": False,
    }
    return SmtpServer(**{**settings, **changes})


def closed_port() -> int:
    """Return a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def server_saying(greeting: bytes) -> Iterator[SmtpServer]:
    """Run a server that only sends these bytes as its greeting."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        guests: list[socket.socket] = []

        def serve() -> None:
            with suppress(OSError):
                while True:
                    guest, _ = listener.accept()
                    guests.append(guest)
                    guest.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield smtp_server(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            for guest in guests:
                guest.close()
