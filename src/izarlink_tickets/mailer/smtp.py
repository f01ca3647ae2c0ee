"""Transport by SMTP, with timeouts and errors that decide about retries.

It sends the commands one by one, because the meaning of a failure depends on the step: before the final dot the mail
was not delivered, after it that is unknown. Source: RFC 1047.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from time import monotonic

from izarlink_tickets.config import SmtpServer
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, ServerUnreachable

# The library's default is to wait forever.
TIMEOUT_SECONDS = 30.0
# Of the answer stored with the message, in characters.
ANSWER_MAXIMUM = 300
OK, GO_AHEAD = 250, 354
# The first digit of a reply. Source: RFC 5321 §4.2.1.
_ACCEPTED, _TEMPORARY, _FINAL = 2, 4, 5
_DOT_AT_START = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply of the server. code: -1 for no SMTP reply."""

    code: int
    text: str

    @property
    def first_digit(self) -> int:
        return self.code // 100

    @property
    def is_accepted(self) -> bool:
        return self.first_digit == _ACCEPTED


class Smtp:
    """A connection to one server, open for all mails of a round."""

    def __init__(self, server: SmtpServer, *, sender: str, host: str, timeout: float = TIMEOUT_SECONDS) -> None:
        """Prepare without connecting. timeout: seconds, for each wait."""
        self._server = server
        self._sender = sender
        self._host = host
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None

    def prepare(self) -> None:
        """Connect, encrypt and sign in as the settings require. Raises: ServerUnreachable."""
        if self._client and _answers(self._client):
            return
        self.close()
        try:
            self._client = self._connect()
        except (OSError, UnicodeError) as error:
            raise ServerUnreachable(_describe(error)) from error

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Deliver the mail and return the server's answer. Raises: Refused, Deferred."""
        if self._client is None:
            raise Deferred("not connected")
        conversation = _Conversation(self._client, mail.recipient, timeout=self._timeout, deadline=deadline)
        try:
            conversation.announce(self._sender)
        except OSError as error:
            self.close()
            raise Deferred(_describe(error)) from error
        try:
            return conversation.hand_over(mail.content)
        except OSError as error:
            self.close()
            raise Deferred(_describe(error), is_doubtful=True) from error

    def close(self) -> None:
        """Close the connection without waiting for a reply."""
        if self._client:
            self._client.close()
            self._client = None

    def _connect(self) -> smtplib.SMTP:
        server, client = self._server, self._open()
        try:
            _open_session(client, server)
        except BaseException:
            client.close()
            raise
        return client

    def _open(self) -> smtplib.SMTP:
        server, hello = self._server, _address_literal(self._host)
        failpoint(Point.MAIL_BEFORE_CONNECT)
        if not server.is_tls_from_start:
            return smtplib.SMTP(server.host, server.port, hello, self._timeout)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=hello, timeout=self._timeout, context=context)


class _Conversation:
    """The commands for one mail, until the deadline."""

    def __init__(self, client: smtplib.SMTP, recipient: str, *, timeout: float, deadline: float) -> None:
        self._client = client
        self._recipient = recipient
        self._timeout = timeout
        self._deadline = deadline

    def announce(self, sender: str) -> None:
        """Announce sender and recipient.

        Raises: Refused, Deferred, OSError; the mail was not delivered then.
        """
        reply = self._ask("MAIL", f"FROM:<{sender}>")
        if not reply.is_accepted:
            # The fault is in the settings, ours or the server's, and concerns all mails.
            raise self._reset_after(Deferred(reply.text))
        reply = self._ask("RCPT", f"TO:<{self._recipient}>")
        if not reply.is_accepted:
            raise self._reset_after(_refusal(reply))
        reply = self._ask("DATA")
        if reply.code != GO_AHEAD:
            raise self._reset_after(_refusal(reply))
        self._apply_deadline()

    def hand_over(self, content: bytes) -> str:
        """Send the message and return the reply.

        Raises: Refused, Deferred, OSError; after an OSError the mail may have arrived.
        """
        self._client.send(_DOT_AT_START.sub(b"..", content) + b".\r\n")
        failpoint(Point.MAIL_AFTER_DOT)
        reply = self._reply()
        if reply.is_accepted:
            return reply.text
        if reply.first_digit in {_TEMPORARY, _FINAL}:
            raise _refusal(reply)
        # The server does not speak SMTP correctly.
        self._client.close()
        raise Deferred(reply.text, is_doubtful=True)

    def _ask(self, command: str, arguments: str = "") -> Reply:
        self._apply_deadline()
        self._client.putcmd(command, arguments)
        return self._reply()

    def _reply(self) -> Reply:
        self._apply_deadline()
        code, answer = self._client.getreply()
        text = _one_line(f"{code} {answer.decode('utf-8', 'replace')}")
        # The outbox holds no addresses, but many servers repeat the recipient's in their reply.
        return Reply(code, re.sub(re.escape(self._recipient), "…", text, flags=re.IGNORECASE))

    def _apply_deadline(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0 or self._client.sock is None:
            raise TimeoutError("no time left for this mail")
        self._client.sock.settimeout(min(left, self._timeout))

    def _reset_after(self, error: Refused | Deferred) -> Refused | Deferred:
        """Reset the session for the next mail and return the error."""
        try:
            is_reset = self._ask("RSET").is_accepted
        except OSError:
            is_reset = False
        if not is_reset:
            self._client.close()
        return error


def _open_session(client: smtplib.SMTP, server: SmtpServer) -> None:
    """Greet, encrypt and sign in. Raises: ServerUnreachable, OSError."""
    client.ehlo_or_helo_if_needed()
    if not server.is_tls_from_start and client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
        client.ehlo_or_helo_if_needed()
    elif server.demands_tls and not server.is_tls_from_start:
        raise ServerUnreachable("the server offers no STARTTLS")
    if server.user and server.password:
        client.login(server.user, server.password)


def _address_literal(host: str) -> str:
    """Format a host for the greeting. Source: RFC 5321 §4.1.3."""
    return f"[{host}]" if host.replace(".", "").isdigit() else host


def _answers(client: smtplib.SMTP) -> bool:
    try:
        return client.noop()[0] == OK
    except OSError:
        return False


def _refusal(reply: Reply) -> Refused | Deferred:
    return Refused(reply.text) if reply.first_digit == _FINAL else Deferred(reply.text)


def _describe(error: Exception) -> str:
    """Return the error on one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return _one_line(f"{error.smtp_code} {text}")
    return _one_line(str(error) or type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:ANSWER_MAXIMUM]
