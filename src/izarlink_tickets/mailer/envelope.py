"""Build the message that goes out, and refuse one with any header that we didn't mean (F7, F8).

Encoded words in a title became header lines with `EmailMessage` on Python before 3.11.10; so headers are built by
`Header` under compat32, and what was built is parsed again and compared. It knows no ticket and sends nothing.
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
    """The message would not say what it was meant to say: a header too many, an address that is none."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it is a message. message_id, thread: ids in angle brackets; at: aware."""

    recipient: str
    subject: str
    parts: Parts
    language: str
    message_id: str
    at: datetime
    thread: str | None = None


def sealed(draft: Draft, *, sender: str) -> bytes:
    """Give the message as it goes over the line, CRLF and nothing but ASCII. Raises: UnfitMail, ValueError."""
    if not _ADDRESS.fullmatch(draft.recipient) or draft.recipient.count("@") != 1:
        raise UnfitMail("the recipient is no mail address")
    message = MIMEMultipart("alternative")
    for name, value in _headers(draft, sender=sender).items():
        message[name] = value  # type: ignore[assignment]  # typeshed knows no Header under compat32
    message.attach(_part(draft.parts.text, "plain"))
    message.attach(_part(draft.parts.html, "html"))
    content = _serialised(message)
    _check(content, draft, sender=sender)
    return content


def _headers(draft: Draft, *, sender: str) -> dict[str, str | Header]:
    headers: dict[str, str | Header] = {
        "From": formataddr(parseaddr(sender), "utf-8"),
        "To": draft.recipient,
        "Subject": Header(clean_line(draft.subject), "utf-8", header_name="Subject"),
        "Date": format_datetime(draft.at),
        "Message-ID": draft.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": draft.language,
    }
    return headers | dict.fromkeys(_THREAD_HEADERS, draft.thread) if draft.thread else headers


def _part(text: str, subtype: str) -> MIMEText:
    # Quoted-printable: short lines whatever was typed, and French that one can still read in the raw message.
    charset = Charset("utf-8")
    charset.body_encoding = QP
    return MIMEText(text, subtype, charset)  # type: ignore[arg-type]  # typeshed says str, the library takes both


def _serialised(message: Message) -> bytes:
    buffer = BytesIO()
    BytesGenerator(buffer, mangle_from_=False, policy=compat32.clone(linesep="\r\n")).flatten(message)
    return buffer.getvalue()


def _check(content: bytes, draft: Draft, *, sender: str) -> None:
    """Read the message as its receivers will."""
    message = message_from_bytes(content)
    expected = ["Content-Type", "MIME-Version", *_headers(draft, sender=sender)]
    if message.keys() != expected or message.defects or not content.isascii():
        raise UnfitMail("the headers are not those that were meant")
    if _addresses(message, "From") != [parseaddr(sender)[1]] or _addresses(message, "To") != [draft.recipient]:
        raise UnfitMail("the addresses are not those that were meant")
    if max(map(len, content.split(b"\r\n"))) > _LONGEST_LINE or b"\r" in content.replace(b"\r\n", b""):
        raise UnfitMail("a line is too long, or ends where none should")
    _check_parts(message)


def _check_parts(message: Message) -> None:
    # The message itself comes first.
    parts = list(message.walk())[1:]
    kinds = [(part.get_content_type(), [name.lower() for name, _ in part.items()]) for part in parts]
    if kinds != [("text/plain", _PART_HEADERS), ("text/html", _PART_HEADERS)]:
        raise UnfitMail("the message has other parts than its text and its HTML")


def _addresses(message: Message, header: str) -> list[str]:
    return [address for _, address in getaddresses(message.get_all(header, []))]
