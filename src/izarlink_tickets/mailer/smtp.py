"""Deliver by SMTP, with a limit on every wait and an answer that says whether to try again.

The steps are taken one by one, because what a failure means depends on the step: before the final dot nothing was
handed over, after it nobody can know (RFC 1047). It knows no letter and no table.
"""

import re
import smtplib
import ssl
from dataclasses import dataclass
from time import monotonic

from izarlink_tickets.config import SmtpServer
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, ServerUnreachable

# The library's default is to wait for ever.
TIMEOUT_SECONDS = 30.0
# Answers are kept with the letter; some servers tell long stories.
ANSWER_MAXIMUM = 300
OK, GO_AHEAD = 250, 354
_DOT_AT_START = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said. code: -1 where it was no SMTP answer at all."""

    code: int
    text: str

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004 - RFC 5321 §4.2.1

    @property
    def is_final_refusal(self) -> bool:
        return 500 <= self.code < 600  # noqa: PLR2004 - RFC 5321 §4.2.1

    @property
    def is_passing_refusal(self) -> bool:
        return 400 <= self.code < 500  # noqa: PLR2004 - RFC 5321 §4.2.1


class Smtp:
    """One connection at a time to one server, kept for all mails of a round."""

    def __init__(self, server: SmtpServer, *, sender: str, host: str, timeout: float = TIMEOUT_SECONDS) -> None:
        """Prepare without connecting. sender: the bare address; host: our name; timeout: seconds, for each wait."""
        self._server = server
        self._sender = sender
        self._host = host
        self._timeout = timeout
        self._client: smtplib.SMTP | None = None

    def prepare(self) -> None:
        """Be connected, encrypted and signed in as the settings demand. Raises: ServerUnreachable."""
        if self._client and _answers(self._client):
            return
        self.close()
        try:
            self._client = self._connected()
        except (OSError, UnicodeError) as error:
            raise ServerUnreachable(_told(error)) from error

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Hand the mail over and give the server's answer. Raises: Refused, Deferred."""
        if self._client is None:
            raise Deferred("not connected")
        conversation = _Conversation(self._client, mail.recipient, timeout=self._timeout, deadline=deadline)
        try:
            conversation.announce(self._sender)
        except OSError as error:
            self.close()
            raise Deferred(_told(error)) from error
        try:
            return conversation.hand_over(mail.content)
        except OSError as error:
            self.close()
            raise Deferred(_told(error), is_doubtful=True) from error

    def close(self) -> None:
        """Take leave without waiting for an answer."""
        if self._client:
            self._client.close()
            self._client = None

    def _connected(self) -> smtplib.SMTP:
        server, client = self._server, self._opened()
        try:
            _agree(client, server)
        except BaseException:
            client.close()
            raise
        return client

    def _opened(self) -> smtplib.SMTP:
        server, hello = self._server, _literal(self._host)
        failpoint(Point.MAIL_BEFORE_CONNECT)
        if not server.is_tls_from_start:
            return smtplib.SMTP(server.host, server.port, hello, self._timeout)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=hello, timeout=self._timeout, context=context)


class _Conversation:
    """One mail on its way, until the deadline at most."""

    def __init__(self, client: smtplib.SMTP, recipient: str, *, timeout: float, deadline: float) -> None:
        self._client = client
        self._recipient = recipient
        self._timeout = timeout
        self._deadline = deadline

    def announce(self, sender: str) -> None:
        """Have the mail let in. Raises: Refused, Deferred, OSError: nothing was handed over in any case."""
        reply = self._ask("MAIL", f"FROM:<{sender}>")
        if not reply.is_accepted:
            # Nothing is wrong with this mail then, but with our settings or the server's: all others meet the same.
            raise self._given_up(Deferred(reply.text))
        reply = self._ask("RCPT", f"TO:<{self._recipient}>")
        if not reply.is_accepted:
            raise self._given_up(_refusal(reply))
        reply = self._ask("DATA")
        if reply.code != GO_AHEAD:
            raise self._given_up(_refusal(reply))
        self._mind_the_clock()

    def hand_over(self, content: bytes) -> str:
        """Send the message and give the answer. Raises: Refused, Deferred, OSError: it may have arrived then."""
        self._client.send(_DOT_AT_START.sub(b"..", content) + b".\r\n")
        failpoint(Point.MAIL_AFTER_DOT)
        reply = self._reply()
        if reply.is_accepted:
            return reply.text
        if reply.is_final_refusal or reply.is_passing_refusal:
            raise _refusal(reply)
        # What answers like that isn't to be talked to any further.
        self._client.close()
        raise Deferred(reply.text, is_doubtful=True)

    def _ask(self, command: str, arguments: str = "") -> Reply:
        self._mind_the_clock()
        self._client.putcmd(command, arguments)
        return self._reply()

    def _reply(self) -> Reply:
        self._mind_the_clock()
        code, said = self._client.getreply()
        text = _one_line(f"{code} {said.decode('utf-8', 'replace')}")
        # The table of mails holds no addresses; many servers repeat the recipient's in what they answer.
        return Reply(code, re.sub(re.escape(self._recipient), "…", text, flags=re.IGNORECASE))

    def _mind_the_clock(self) -> None:
        left = self._deadline - monotonic()
        if left <= 0 or self._client.sock is None:
            raise TimeoutError("no time left for this mail")
        self._client.sock.settimeout(min(left, self._timeout))

    def _given_up(self, reason: Refused | Deferred) -> Refused | Deferred:
        """Clear the table for the next mail."""
        try:
            cleared = self._ask("RSET").is_accepted
        except OSError:
            cleared = False
        if not cleared:
            self._client.close()
        return reason


def _agree(client: smtplib.SMTP, server: SmtpServer) -> None:
    """Greet, encrypt and sign in. Raises: ServerUnreachable, OSError."""
    client.ehlo_or_helo_if_needed()
    if not server.is_tls_from_start and client.has_extn("starttls"):
        client.starttls(context=ssl.create_default_context())
        client.ehlo_or_helo_if_needed()
    elif server.demands_tls and not server.is_tls_from_start:
        raise ServerUnreachable("the server offers no STARTTLS")
    if server.user and server.password:
        client.login(server.user, server.password)


def _literal(host: str) -> str:
    """Write an address as servers want to be greeted by one. Source: RFC 5321 §4.1.3."""
    return f"[{host}]" if host.replace(".", "").isdigit() else host


def _answers(client: smtplib.SMTP) -> bool:
    try:
        return client.noop()[0] == OK
    except OSError:
        return False


def _refusal(reply: Reply) -> Refused | Deferred:
    return Refused(reply.text) if reply.is_final_refusal else Deferred(reply.text)


def _told(error: Exception) -> str:
    """Say what went wrong, in a line."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _one_line(f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}")
    return _one_line(str(error) or type(error).__name__)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:ANSWER_MAXIMUM]
