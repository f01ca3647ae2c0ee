"""The MIME message of a mail, protected against injected headers.

`EmailMessage` turned encoded words in a title into header lines on Python before 3.11.10. So `Header` builds the
headers under compat32, and the result is parsed again and compared.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.charset import QP, Charset
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, getaddresses, parseaddr
from io import BytesIO

from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.mailer.rendering import Parts

_ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_THREAD_HEADERS = ("In-Reply-To", "References")
_PART_HEADERS = ["content-type", "mime-version", "content-transfer-encoding"]
# RFC 5322 §2.1.1, without the line end.
_LONGEST_LINE = 998


class UnfitMail(ValueError):
    """The message has unexpected headers or parts, or a bad address."""


@dataclass(frozen=True, slots=True)
class MailContent:
    """The content of a mail. message_id, thread: in angle brackets."""

    recipient: str
    subject: str
    parts: Parts
    language: str
    message_id: str
    at: datetime
    thread: str | None = None


def encode_message(mail: MailContent, *, sender: str) -> bytes:
    """Build the message in wire format: CRLF, ASCII only. Raises: UnfitMail, ValueError."""
    if not _ADDRESS.fullmatch(mail.recipient) or mail.recipient.count("@") != 1:
        raise UnfitMail("the recipient is no mail address")
    message = MIMEMultipart("alternative")
    for name, value in _headers(mail, sender=sender).items():
        message[name] = value  # type: ignore[assignment]  # typeshed knows no Header under compat32
    message.attach(_part(mail.parts.text, "plain"))
    message.attach(_part(mail.parts.html, "html"))
    content = _serialise(message)
    _check(content, mail, sender=sender)
    return content


def _headers(mail: MailContent, *, sender: str) -> dict[str, str | Header]:
    headers: dict[str, str | Header] = {
        "From": formataddr(parseaddr(sender), "utf-8"),
        "To": mail.recipient,
        "Subject": Header(clean_line(mail.subject), "utf-8", header_name="Subject"),
        "Date": format_datetime(mail.at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": mail.language,
    }
    return headers | dict.fromkeys(_THREAD_HEADERS, mail.thread) if mail.thread else headers


def _part(text: str, subtype: str) -> MIMEText:
    # Quoted-printable keeps lines short, and French readable in the raw message.
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return MIMEText(text, subtype, charset)  # type: ignore[arg-type]  # typeshed says str, the library takes both


def _serialise(message: Message) -> bytes:
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False, policy=compat32.clone(linesep="\r\n")).flatten(message)
    return buffer.getvalue()


def _check(content: bytes, mail: MailContent, *, sender: str) -> None:
    """Parse the message as its receivers will and compare."""
    message = message_from_bytes(content)
    expected = ["Content-Type", "MIME-Version", *_headers(mail, sender=sender)]
    if message.keys() != expected or message.defects or not content.isascii():
        raise UnfitMail("unexpected headers")
    if _addresses(message, "From") != [parseaddr(sender)[1]] or _addresses(message, "To") != [mail.recipient]:
        raise UnfitMail("unexpected addresses")
    if max(map(len, content.split(b"\r\n"))) > _LONGEST_LINE or b"\r" in content.replace(b"\r\n", b""):
        raise UnfitMail("a line is too long or has a bare CR")
    _check_parts(message)


def _check_parts(message: Message) -> None:
    # The message itself comes first.
    parts = list(message.walk())[1:]
    kinds = [(part.get_content_type(), [name.lower() for name, _ in part.items()]) for part in parts]
    if kinds != [("text/plain", _PART_HEADERS), ("text/html", _PART_HEADERS)]:
        raise UnfitMail("unexpected parts")


def _addresses(message: Message, header: str) -> list[str]:
    return [address for _, address in getaddresses(message.get_all(header, []))]
