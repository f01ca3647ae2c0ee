"""The accepted file types: extension, media type and signature.

Libraries disagree, so we keep our own table: one takes a zip with a program inside for a document, another a document
for a zip. Nothing is unpacked or rendered here.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

# Enough for every signature below; of an archive's entry no more is unpacked.
HEAD_BYTES = 4096
# Tabs, line ends, and the characters of router consoles: bell, backspace, form feed, escape.
_TEXT_CONTROLS = b"\x07\x08\t\n\x0c\r\x1b"
_NOT_TEXT = bytes(byte for byte in range(0x20) if byte not in _TEXT_CONTROLS)
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEADER_FIELD = re.compile(rb"(?:From [^\r\n]{1,200}\r?\n)?[!-9;-~]{1,70}:")


def _starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_text(content: bytes) -> bool:
    """Whether it is text in UTF-8, Latin-1 or UTF-16 with its mark."""
    if content.startswith(_UTF_16_MARKS):
        return _is_utf_16(content)
    return content.translate(None, delete=_NOT_TEXT) == content


def _is_utf_16(content: bytes) -> bool:
    # Incrementally, because the head of an archive's entry may end inside a character.
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        return "\x00" not in decoder.decode(content)
    except UnicodeDecodeError:
        return False


def _is_mail(content: bytes) -> bool:
    return _is_text(content) and _HEADER_FIELD.match(content) is not None


@dataclass(frozen=True)
class FileType:
    """A type of file. is_archive: a zip file, which is inspected."""

    media_type: str
    extensions: tuple[str, ...]
    has_right_content: Callable[[bytes], bool]
    is_archive: bool = False


_ZIP = _starts_with(b"PK\x03\x04")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

FILE_TYPES = (
    FileType("application/pdf", ("pdf",), _starts_with(b"%PDF-")),
    FileType("image/png", ("png",), _starts_with(b"\x89PNG\r\n\x1a\n")),
    FileType("image/jpeg", ("jpg", "jpeg"), _starts_with(b"\xff\xd8\xff")),
    FileType("image/gif", ("gif",), _starts_with(b"GIF87a", b"GIF89a")),
    FileType("image/webp", ("webp",), _is_webp),
    FileType("text/plain", ("txt", "log", "conf", "cfg"), _is_text),
    FileType("text/csv", ("csv",), _is_text),
    FileType("message/rfc822", ("eml",), _is_mail),
    FileType(
        "application/vnd.tcpdump.pcap",
        ("pcap", "cap"),
        # Either byte order, times in micro- or nanoseconds.
        _starts_with(b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d"),
    ),
    FileType("application/x-pcapng", ("pcapng",), _starts_with(b"\x0a\x0d\x0d\x0a")),
    FileType("application/zip", ("zip",), _ZIP, is_archive=True),
    FileType(f"{_OFFICE}.wordprocessingml.document", ("docx",), _ZIP, is_archive=True),
    FileType(f"{_OFFICE}.spreadsheetml.sheet", ("xlsx",), _ZIP, is_archive=True),
    FileType(f"{_OPEN_DOCUMENT}.text", ("odt",), _ZIP, is_archive=True),
    FileType(f"{_OPEN_DOCUMENT}.spreadsheet", ("ods",), _ZIP, is_archive=True),
)
ACCEPTED = tuple(extension for file_type in FILE_TYPES for extension in file_type.extensions)
_BY_EXTENSION = {extension: file_type for file_type in FILE_TYPES for extension in file_type.extensions}

# « facture.exe.pdf » misleads even if it is a PDF, and some servers run « .php.txt ». Extensions that are domains, too
# (.com, .pl, .sh), are not in the list: « www.example.com.png » is a harmless name.
_DANGEROUS = frozenset(
    {
        *("asp", "aspx", "jsp", "phar", "php", "phtml"),
        *("bat", "cmd", "cpl", "dll", "exe", "hta", "lnk", "msi", "ps1", "scr", "vbe", "vbs", "wsf"),
        *("htaccess", "htm", "html", "js", "jse", "svg", "xhtml"),
        *("docm", "xlsm"),
    }
)


def extension_of(name: str) -> str:
    """Return the lower-case extension without its dot; empty for `.htaccess`."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem.strip(".") else ""


def file_type_of(name: str) -> FileType | None:
    """Find the accepted file type of a cleaned name, or None."""
    inner = name.lower().split(".")[1:-1]
    return None if _DANGEROUS.intersection(inner) else _BY_EXTENSION.get(extension_of(name))
