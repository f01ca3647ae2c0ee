"""Transport by SMTP, with timeouts and errors that decide about retries.

The meaning of a failure depends on the step: before the final dot the mail was not delivered, after it that is unknown.
Source: RFC 1047. So the commands before the text may go out together, and the text only after their replies.
"""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from izarlink_tickets.config import SmtpServer
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.mailer.delivery import Deferred, OutgoingMail, Refused, ServerBusy, ServerUnreachable

# The library's default is to wait forever.
TIMEOUT_SECONDS = 30.0
# Of the answer stored with the message, in characters.
ANSWER_MAXIMUM = 300
OK, GO_AHEAD, CLOSING = 250, 354, 421
# The second: already signed in. Source: RFC 4954 §4.
_SIGNED_IN = (235, 503)
# The first digit of a reply. Source: RFC 5321 §4.2.1.
_ACCEPTED, _TEMPORARY, _FINAL = 2, 4, 5
_FINAL_DOT = b".\r\n"


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
        self._is_used = False

    def prepare(self) -> None:
        """Connect, encrypt and sign in as the settings require. Raises: ServerUnreachable."""
        if not (self._client and _answers(self._client)):
            self._reconnect()

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        """Deliver the mail and return the server's answer.

        A 421 speaks of the connection, so the mail goes on with another one. Source: RFC 5321 §3.8.
        Raises: Refused, Deferred, ServerBusy, ServerUnreachable.
        """
        try:
            return self._deliver(mail, deadline=deadline)
        except _ServerCloses:
            return self._deliver_anew(mail, deadline=deadline)

    def _deliver_anew(self, mail: OutgoingMail, *, deadline: float) -> str:
        try:
            return self._deliver(mail, deadline=deadline)
        except _ServerCloses as closing:
            # Before the recipient was named, every mail would be answered so.
            failure = ServerBusy if closing.is_after_recipient else ServerUnreachable
            raise failure(closing.answer) from closing

    def _deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        conversation = self._announce(mail.recipient, deadline=deadline)
        try:
            return conversation.hand_over(mail.content)
        except _ServerCloses:
            self.close()
            raise
        except OSError as error:
            self.close()
            raise Deferred(_describe(error), is_doubtful=True) from error

    def _announce(self, recipient: str, *, deadline: float) -> "_Conversation":
        """Begin a mail, on a new connection if the last has ended.

        Servers limit the mails and the time of a connection.
        """
        try:
            return self._begin(recipient, deadline=deadline)
        except _ConnectionEnded:
            if not self._is_used:
                raise
        return self._begin(recipient, deadline=deadline)

    def _begin(self, recipient: str, *, deadline: float) -> "_Conversation":
        client = self._client if self._client and self._client.sock else self._reconnect()
        conversation = _Conversation(client, recipient, timeout=self._timeout, deadline=deadline)
        try:
            conversation.announce(self._sender)
        except _ServerCloses:
            self.close()
            raise
        except OSError as error:
            self.close()
            failure = Deferred if _has_timed_out(error) else _ConnectionEnded
            raise failure(_describe(error)) from error
        self._is_used = True
        return conversation

    def close(self) -> None:
        """Close the connection without waiting for a reply."""
        if self._client:
            self._client.close()
            self._client = None

    def _reconnect(self) -> smtplib.SMTP:
        self.close()
        try:
            client = self._client = self._connect()
        except (OSError, UnicodeError) as error:
            raise ServerUnreachable(_describe(error)) from error
        self._is_used = False
        return client

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


class _ConnectionEnded(Deferred):
    """The server has ended the connection before the mail began."""


class _ServerCloses(Deferred):
    """The server has answered 421; it delivers nothing on this connection."""

    def __init__(self, answer: str, *, is_after_recipient: bool) -> None:
        super().__init__(answer)
        self.is_after_recipient = is_after_recipient


class _Conversation:
    """The commands for one mail, until the deadline."""

    def __init__(self, client: smtplib.SMTP, recipient: str, *, timeout: float, deadline: float) -> None:
        self._client = client
        self._recipient = recipient
        self._timeout = timeout
        self._deadline = deadline

    def announce(self, sender: str) -> None:
        """Announce sender and recipient.

        Raises: Refused, Deferred, _ServerCloses, OSError; the mail was not delivered then.
        """
        commands = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{self._recipient}>", "DATA")
        ask = self._ask_all if self._client.has_extn("pipelining") else self._ask_each
        mail, recipient, data = ask(commands)
        for reply in (mail, recipient, data):
            if reply.code == CLOSING:
                raise _ServerCloses(reply.text, is_after_recipient=reply is not mail)
        if not mail.is_accepted:
            # The fault is in the settings, ours or the server's, and concerns all mails.
            raise self._reset_after(Deferred(mail.text))
        if not recipient.is_accepted:
            raise self._reset_after(_refusal(recipient))
        if data.code != GO_AHEAD:
            raise self._reset_after(_refusal(data))
        self._apply_deadline()

    def hand_over(self, content: bytes) -> str:
        """Send the message and return the reply.

        Raises: Refused, Deferred, _ServerCloses, OSError; after an OSError the mail may have arrived.
        """
        self._client.send(content.replace(b"\r\n.", b"\r\n..") + _FINAL_DOT)
        failpoint(Point.MAIL_AFTER_DOT)
        reply = self._reply()
        if reply.is_accepted:
            return reply.text
        if reply.code == CLOSING:
            raise _ServerCloses(reply.text, is_after_recipient=True)
        if reply.first_digit in {_TEMPORARY, _FINAL}:
            raise _refusal(reply)
        # The server does not speak SMTP correctly.
        self._client.close()
        raise Deferred(reply.text, is_doubtful=True)

    def _ask_each(self, commands: Sequence[str]) -> list[Reply]:
        """Send the commands up to the first refusal; return their replies."""
        replies = []
        for command in commands:
            replies.append(self._ask(command))
            if not replies[-1].is_accepted:
                break
        return replies + [replies[-1]] * (len(commands) - len(replies))

    def _ask_all(self, commands: Sequence[str]) -> list[Reply]:
        """Send the commands together. Source: RFC 2920."""
        self._apply_deadline()
        self._client.send("".join(f"{_checked(command)}\r\n" for command in commands))
        replies = self._replies(len(commands))
        if replies[-1].code == GO_AHEAD and not all(reply.is_accepted for reply in replies[:-1]):
            # The server expects a text although it has refused the mail.
            self._client.send(_FINAL_DOT)
            self._reply()
        return replies

    def _replies(self, count: int) -> list[Reply]:
        """Read the replies; after a 421 there are no others."""
        replies: list[Reply] = []
        while len(replies) < count and not (replies and replies[-1].code == CLOSING):
            replies.append(self._reply())
        return replies + [replies[-1]] * (count - len(replies))

    def _ask(self, command: str) -> Reply:
        self._apply_deadline()
        self._client.putcmd(command)
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
        _sign_in(client, user=server.user, password=server.password)


def _sign_in(client: smtplib.SMTP, *, user: str, password: str) -> None:
    """Sign in.

    The library sends ASCII alone, and only one mechanism defines another encoding. Source: RFC 4616 §2, « UTF-8 ».
    Raises: ServerUnreachable, OSError.
    """
    if user.isascii() and password.isascii():
        client.login(user, password)
        return
    if "PLAIN" not in client.esmtp_features.get("auth", "").upper().split():
        raise ServerUnreachable("the server offers no AUTH PLAIN, which a password beyond ASCII needs")
    message = b64encode(f"\0{user}\0{password}".encode()).decode()
    code, answer = client.docmd("AUTH", f"PLAIN {message}")
    if code not in _SIGNED_IN:
        raise smtplib.SMTPAuthenticationError(code, answer)


def _address_literal(host: str) -> str:
    """Format a host for the greeting. Source: RFC 5321 §4.1.3."""
    return f"[{host}]" if host.replace(".", "").isdigit() else host


def _checked(command: str) -> str:
    """Return the command, which must be one line, as `smtplib` checks it."""
    if "\r" in command or "\n" in command:
        raise ValueError("a line end in a command")
    return command


def _has_timed_out(error: OSError) -> bool:
    # The library raises its own error from that of the socket.
    return isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)


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
