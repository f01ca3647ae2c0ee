"""Recognition of plain text, as consoles, routers and Windows write it.

A text may hold control bytes, blocks of NUL and any encoding; it must not be a program or an archive.
"""

import codecs
import re

UTF_8_MARK = b"\xef\xbb\xbf"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Programs and containers that a text could be mistaken for: DOS, ELF, Mach-O, Java, zip, gzip, OLE.
_BINARY_SIGNATURES = (
    *(b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"),
    *(b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"),
)
# A power cut leaves a block of NUL in a log; shorter runs are the padding of binary formats.
_NUL_BLOCK = re.compile(rb"\x00{16,}")
_NUL_BLOCK_16 = re.compile("\x00{16,}")
# A serial console ends a line with CR NUL (RFC 854).
_CARRIAGE_RETURN_NUL = b"\r\x00"
# Tabs, line ends, and the characters of router consoles: bell, backspace, form feed, escape.
_PLAIN_CONTROLS = b"\x07\x08\t\n\x0c\r\x1b"
_ODD_CONTROLS = bytes(byte for byte in range(1, 0x20) if byte not in _PLAIN_CONTROLS)
# One in so many bytes: flow control, shifts and end marks of a capture. Random bytes have one in 12, and a NUL in 256.
_MAX_ODD_SHARE = 20
_ODD_ALWAYS_ALLOWED = 8
_MAX_NUL_SHARE = 500
# UTF-16 without its mark: this part of the high bytes is zero in any European language.
_UTF_16_SHARE = 0.7


def is_text(content: bytes) -> bool:
    """Whether it is text in UTF-8, Latin-1 or UTF-16.

    content: whole, or its beginning, which may end inside a character.
    """
    if content.startswith(_UTF_16_MARKS):
        return _is_utf_16(content, "utf-16")
    if encoding := _utf_16_without_mark(content):
        return _is_utf_16(content, encoding)
    has_nul = b"\x00" in content
    if has_nul and content.startswith(_BINARY_SIGNATURES):
        return False
    text = _NUL_BLOCK.sub(b"", content).replace(_CARRIAGE_RETURN_NUL, b"\r") if has_nul else content
    return _has_few_controls(text) and bool(text)


def is_mail(content: bytes) -> bool:
    """Whether it is a text with the head of a mail."""
    return is_text(content) and _HEADER_FIELD.match(mail_of(content)) is not None


def mail_of(content: bytes) -> bytes:
    """Return a mail without a mark and blank lines before it."""
    return content.removeprefix(UTF_8_MARK).lstrip(b"\r\n\t ")


_HEADER_FIELD = re.compile(rb"(?:>?From [^\r\n]{1,200}\r?\n)?[!-9;-~]{1,70}:")


def _has_few_controls(text: bytes) -> bool:
    nuls = text.count(0)
    odd = len(text) - len(text.translate(None, delete=_ODD_CONTROLS))
    return nuls <= len(text) // _MAX_NUL_SHARE and odd <= max(_ODD_ALWAYS_ALLOWED, len(text) // _MAX_ODD_SHARE)


def _utf_16_without_mark(content: bytes) -> str | None:
    """Return the encoding of UTF-16 that lost its mark, or None."""
    pairs = len(content) // 2
    if not pairs:
        return None
    for encoding, high, low in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        zeros, others = content[high::2].count(0), content[low::2].count(0)
        if zeros >= pairs * _UTF_16_SHARE and not others:
            return encoding
    return None


def _is_utf_16(content: bytes, encoding: str) -> bool:
    # Incrementally, because the content may end inside a character.
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(content)
    except UnicodeDecodeError:
        return False
    text = _NUL_BLOCK_16.sub("", text)
    return bool(text) and _has_few_controls(text.encode("utf-8"))
