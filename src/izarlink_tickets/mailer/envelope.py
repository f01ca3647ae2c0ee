"""The MIME message of a mail, protected against injected headers.

`EmailMessage` turned encoded words in a title into header lines on Python before 3.11.10. So the headers are built
here, the one that holds a text in base64, and parsed again and compared. The body's own headers are constants.
"""

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, formataddr, getaddresses, parseaddr
from functools import lru_cache

from izarlink_tickets.domain.text import clean_line
from izarlink_tickets.mailer.rendering import Parts

_ADDRESS = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
# RFC 5322 §2.1.1, without the line end.
_LONGEST_LINE = 998
# Quoted-printable never contains "=_", so no text can hold it. Source: RFC 2045 §6.7.
_BOUNDARY = "=_izarlink"
_BODY_HEADERS = {"Content-Type": f'multipart/alternative;\r\n boundary="{_BOUNDARY}"', "MIME-Version": "1.0"}
_PART = (
    "--{boundary}\r\n"
    'Content-Type: text/{subtype}; charset="utf-8"\r\n'
    "MIME-Version: 1.0\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_BEFORE_TEXT, _BEFORE_HTML = (_PART.format(boundary=_BOUNDARY, subtype=kind).encode() for kind in ("plain", "html"))
# 52 characters in base64, so that a line with « Subject: » has at most 76. Source: RFC 2047 §2.
_BYTES_IN_WORD = 39
_END = f"--{_BOUNDARY}--\r\n".encode()
# Staff receive most mails.
_ADDRESSES_KEPT = 256
_HEADER_PARSER = BytesHeaderParser()


class UnfitMail(ValueError):
    """The message has unexpected headers or parts, or a bad address."""


@dataclass(frozen=True, slots=True)
class MailContent:
    """The content of a mail. message_id, thread: in angle brackets.

    body: of `encode_body`.
    """

    recipient: str
    subject: str
    body: bytes
    language: str
    message_id: str
    at: datetime
    thread: str | None = None


def encode_body(parts: Parts) -> bytes:
    """Build both parts of a message in wire format. Raises: UnfitMail, ValueError."""
    text, html = _quoted_printable(parts.text), _quoted_printable(parts.html)
    for part in (text, html):
        if b"=_" in part:
            raise UnfitMail("unexpected parts")
        _check_lines(part)
    return b"".join((_BEFORE_TEXT, text, b"\r\n", _BEFORE_HTML, html, b"\r\n", _END))


def encode_message(mail: MailContent, *, sender: str) -> bytes:
    """Build the message in wire format: CRLF, ASCII only. Raises: UnfitMail, ValueError."""
    if not _ADDRESS.fullmatch(mail.recipient) or mail.recipient.count("@") != 1:
        raise UnfitMail("the recipient is no mail address")
    headers = _headers(mail, sender=sender)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    _check_lines(head)
    _check_headers(head, mail, expected=[*headers], sender=sender)
    return head + b"\r\n" + mail.body


def _headers(mail: MailContent, *, sender: str) -> dict[str, str]:
    """Build the headers, folded."""
    headers = _BODY_HEADERS | {
        "From": _from_header(sender),
        "To": mail.recipient,
        "Subject": _encoded_words(clean_line(mail.subject)),
        "Date": format_datetime(mail.at),
        "Message-ID": mail.message_id,
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Language": mail.language,
    }
    return headers | {"In-Reply-To": mail.thread, "References": mail.thread} if mail.thread else headers


def _encoded_words(text: str) -> str:
    """Encode a text for a header, on short lines. Source: RFC 2047."""
    encoded, words = text.encode(), []
    while encoded:
        # Without the beginning of a character at its end.
        chunk = encoded[:_BYTES_IN_WORD].decode("utf-8", "ignore").encode()
        words.append(f"=?utf-8?b?{b2a_base64(chunk, newline=False).decode()}?=")
        encoded = encoded[len(chunk) :]
    return "\r\n ".join(words)


@lru_cache(maxsize=1)
def _from_header(sender: str) -> str:
    return Header(formataddr(parseaddr(sender), "utf-8"), header_name="From").encode(linesep="\r\n")


def _quoted_printable(text: str) -> bytes:
    """Encode a text: short lines, and French readable in the raw message."""
    return b2a_qp(_LINE_END.sub("\r\n", text).encode(), istext=True)


def _check_lines(content: bytes) -> None:
    if max(map(len, content.split(b"\r\n"))) > _LONGEST_LINE or b"\r" in content.replace(b"\r\n", b""):
        raise UnfitMail("a line is too long or has a bare CR")
    if not content.isascii():
        raise UnfitMail("not ASCII")


def _check_headers(head: bytes, mail: MailContent, *, expected: list[str], sender: str) -> None:
    """Parse the headers as the message's receivers will and compare."""
    message = _HEADER_PARSER.parsebytes(head + b"\r\n")
    if message.keys() != expected or message.defects or message.get_payload():
        raise UnfitMail("unexpected headers")
    is_from_sender = _addresses(message["From"]) == _addresses(_from_header(sender))
    if not is_from_sender or _addresses(message["To"]) != (mail.recipient,):
        raise UnfitMail("unexpected addresses")


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _addresses(header: str) -> tuple[str, ...]:
    return tuple(address for _, address in getaddresses([header]))
