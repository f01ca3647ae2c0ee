"""The accepted file types: extension, media type and signature.

Libraries disagree, so we keep our own table: one takes a zip with a program inside for a document, another a document
for a zip. Nothing is unpacked or rendered here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from izarlink_tickets.attachments.text_content import UTF_8_MARK, is_mail, is_text

# Enough for every signature below; of an archive's entry no more is unpacked.
HEAD_BYTES = 4096
# Readers look for the mark of a PDF there: printers and web servers write lines before it. Source: ISO 32000-1, H.3.
_PDF_PREAMBLE_BYTES = 1024
# What runs in a browser or as a program stays refused, with a PDF behind it, too.
_NOT_BEFORE_PDF = (b"<!", b"<html", b"<script", b"<svg", b"<?", b"#!", b"MZ", b"\x7fELF", b"PK", b"GIF8", b"\xff\xd8")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"heif", b"mif1", b"msf1")
_MP4_BRANDS = (
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"MSNV",
    b"3gp4",
    b"3gp5",
)
# The streams of Outlook's properties, as the directory of the compound file names them.
_OUTLOOK_PROPERTIES = "__substg1.0_".encode("utf-16-le")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _starts_with(*signatures: bytes) -> Callable[[bytes], bool]:
    return lambda content: content.startswith(signatures)


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_pdf(content: bytes) -> bool:
    preamble, mark, _ = content[: _PDF_PREAMBLE_BYTES + len(b"%PDF-")].partition(b"%PDF-")
    return bool(mark) and not preamble.lstrip().lower().startswith(tuple(sign.lower() for sign in _NOT_BEFORE_PDF))


def _media_brand(content: bytes) -> bytes:
    """Return the brand of an ISO media file (ISO 14496-12); else empty."""
    return content[8:12] if content[4:8] == b"ftyp" else b""


def _is_outlook_mail(content: bytes) -> bool:
    return content.startswith(OLE) and _OUTLOOK_PROPERTIES in content


def _is_har(content: bytes) -> bool:
    return is_text(content) and content.removeprefix(UTF_8_MARK).lstrip().startswith(b"{")


@dataclass(frozen=True)
class FileType:
    """A type of file, whose first extension is its usual one.

    is_archive: a zip file, which is inspected. is_picture: it is named by its content where its extension is wrong.
    """

    media_type: str
    extensions: tuple[str, ...]
    has_right_content: Callable[[bytes], bool]
    is_archive: bool = False
    is_picture: bool = False


_HEIC, _HEIC_EXTENSIONS = "image/heic", ("heic", "heif")
_ZIP = _starts_with(b"PK\x03\x04")
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

FILE_TYPES = (
    FileType("application/pdf", ("pdf",), _is_pdf),
    FileType("image/png", ("png",), _starts_with(b"\x89PNG\r\n\x1a\n"), is_picture=True),
    FileType("image/jpeg", ("jpg", "jpeg", "jfif"), _starts_with(b"\xff\xd8\xff"), is_picture=True),
    FileType("image/gif", ("gif",), _starts_with(b"GIF87a", b"GIF89a"), is_picture=True),
    FileType("image/webp", ("webp",), _is_webp, is_picture=True),
    FileType(_HEIC, _HEIC_EXTENSIONS, lambda head: _media_brand(head) in _HEIC_BRANDS, is_picture=True),
    FileType("video/mp4", ("mp4",), lambda head: _media_brand(head) in _MP4_BRANDS),
    FileType("text/plain", ("txt", "log", "conf", "cfg"), is_text),
    FileType("text/csv", ("csv",), is_text),
    FileType("application/json", ("har",), _is_har),
    FileType("message/rfc822", ("eml",), is_mail),
    FileType("application/vnd.ms-outlook", ("msg",), _is_outlook_mail),
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
# For file choosers. Without HEIC: iPhones turn such photos into JPEG where a page doesn't ask for them.
ACCEPT = ",".join(
    [
        *dict.fromkeys(file_type.media_type for file_type in FILE_TYPES if file_type.media_type != _HEIC),
        *(f".{extension}" for extension in ACCEPTED if extension not in _HEIC_EXTENSIONS),
    ]
)
_BY_EXTENSION = {extension: file_type for file_type in FILE_TYPES for extension in file_type.extensions}
_PICTURES = tuple(file_type for file_type in FILE_TYPES if file_type.is_picture)
# Written by cameras and programs for the pictures above.
_OTHER_PICTURE_EXTENSIONS = ("jpe", "jpg_large", "jif", "hif", "bmp", "tif", "tiff", "avif", "tmp")

# « facture.exe.pdf » misleads even if it is a PDF, and some servers run « .php.txt ». Extensions that are domains, too
# (.com, .pl, .sh), are not in the list: « www.example.com.png » is a harmless name.
DANGEROUS = frozenset(
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
    return None if _hides_a_program(name) else _BY_EXTENSION.get(extension_of(name))


def picture_type_of(content: bytes) -> FileType | None:
    """Find the type of a picture by its content, or None."""
    return next((picture for picture in _PICTURES if picture.has_right_content(content)), None)


def named_by_content(name: str, content: bytes) -> str:
    """Return a picture's name with the extension of its content.

    Other names stay, and so do those that end like a program.
    """
    picture, extension = picture_type_of(content), extension_of(name)
    if picture is None or extension in picture.extensions or extension in DANGEROUS or _hides_a_program(name):
        return name
    if extension in _BY_EXTENSION or extension in _OTHER_PICTURE_EXTENSIONS:
        name = name.rpartition(".")[0]
    renamed = f"{name.rstrip('.')}.{picture.extensions[0]}"
    return name if _hides_a_program(renamed) else renamed


def _hides_a_program(name: str) -> bool:
    return not DANGEROUS.isdisjoint(name.lower().split(".")[1:-1])
