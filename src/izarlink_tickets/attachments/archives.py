"""Inspection of zip files and similar documents without unpacking.

It refuses zip bombs, nested and encrypted archives, links and macros. Source: ASVS 5.2.2, 5.2.3 and 5.2.5.
"""

import io
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from izarlink_tickets.attachments.file_types import HEAD_BYTES, OLE, FileType, file_type_of, picture_type_of
from izarlink_tickets.attachments.refusals import ArchiveFault, ContentFault

MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 104_857_600
MAX_RATIO = 100
# A log of one repeated line, or an empty table of a spreadsheet, is very regular: small contents are no bombs.
ALWAYS_UNPACKED_BYTES = 20_971_520
# Mails in an archive are read whole.
MAX_MAIL_BYTES = 8_388_608
_ENCRYPTED_FLAG = 0x1
_DOS_FOLDER = 0x10
_NESTED = (".7z", ".rar", ".jar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".cab", ".iso")
_WHOLE_TYPES = ("message/rfc822", "application/vnd.ms-outlook", "application/json")
_DRIVE = re.compile(r"[A-Za-z]:")
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_OPEN_DOCUMENTS = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
}
_APPLE_DOUBLE = b"\x00\x05\x16\x07"
# What systems add to folders, with the beginning of its content: macOS, Windows.
_SYSTEM_ENTRIES = {
    ".ds_store": (b"\x00\x00\x00\x01Bud1",),
    "thumbs.db": (OLE,),
    "ehthumbs.db": (OLE,),
    "desktop.ini": (b"[", b"\xff\xfe[", b"\r\n[", b"\xef\xbb\xbf["),
    ".localized": (b"",),
    ".directory": (b"[",),
}
# The errors of zipfile on crafted bytes, found with mutated archives.
UNREADABLE = (BadZipFile, struct.error, zlib.error, EOFError, NotImplementedError, OSError, OverflowError, ValueError)

# Inspects a whole entry as a file of this name.
Inspection = Callable[[str, bytes], ContentFault | None]


def fault_of_list(entries: list[ZipInfo]) -> ContentFault | None:
    """Return the fault of an archive's directory, or None."""
    if len(entries) > MAX_ENTRIES:
        return ContentFault(ArchiveFault.TOO_MANY_ENTRIES)
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    is_bomb = unpacked > ALWAYS_UNPACKED_BYTES and unpacked > MAX_RATIO * max(packed, 1)
    if unpacked > MAX_UNPACKED_BYTES or is_bomb:
        return ContentFault(ArchiveFault.TOO_LARGE)
    return next((ContentFault(fault, entry.filename) for entry in entries if (fault := _fault_of_record(entry))), None)


def _fault_of_record(entry: ZipInfo) -> ArchiveFault | None:
    # Other methods can allocate gigabytes before the first byte, and no office program uses them.
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return ArchiveFault.DAMAGED
    if entry.flag_bits & _ENCRYPTED_FLAG:
        return ArchiveFault.ENCRYPTED
    # The upper half holds the Unix mode of archives made on Unix.
    if stat.S_ISLNK(entry.external_attr >> 16):
        return ArchiveFault.SYMLINK
    return None if _has_safe_path(entry) else ArchiveFault.PATH


def _has_safe_path(entry: ZipInfo) -> bool:
    """Whether the entry stays in the folder where it is unpacked."""
    # The name as stored: zipfile cuts it at a NUL.
    name = entry.orig_filename
    is_outside = name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/")
    return not is_outside and "\\" not in name and "\x00" not in name


def contained(archive: ZipFile) -> Iterator[ZipInfo]:
    """Yield the entries with a content that isn't the system's."""
    return (entry for entry in archive.infolist() if not _is_folder(entry) and not _is_of_system(archive, entry))


def _is_folder(entry: ZipInfo) -> bool:
    is_marked = stat.S_ISDIR(entry.external_attr >> 16) or entry.external_attr & _DOS_FOLDER
    return not entry.file_size and (entry.is_dir() or bool(is_marked))


def _is_of_system(archive: ZipFile, entry: ZipInfo) -> bool:
    name = entry.filename.rpartition("/")[2].lower()
    if name.startswith("._"):
        return head_of(archive, entry).startswith(_APPLE_DOUBLE)
    signatures = _SYSTEM_ENTRIES.get(name)
    return signatures is not None and (not entry.file_size or head_of(archive, entry).startswith(signatures))


def fault_of_entries(archive: ZipFile, *, inspect: Inspection) -> ContentFault | None:
    """Return the first fault of a zip file's entries, or None."""
    faults = (_fault_of_entry(archive, entry, inspect) for entry in contained(archive))
    return next((fault for fault in faults if fault), None)


def _fault_of_entry(archive: ZipFile, entry: ZipInfo, inspect: Inspection) -> ContentFault | None:
    name = entry.filename.rpartition("/")[2]
    file_type = file_type_of(name)
    if name.lower().endswith(_NESTED) or (file_type and file_type.is_archive):
        return ContentFault(ArchiveFault.NESTED, entry.filename)
    if file_type is None:
        return ContentFault(ArchiveFault.KIND, entry.filename)
    if file_type.media_type not in _WHOLE_TYPES:
        return None if _matches(file_type, head_of(archive, entry)) else ContentFault(ArchiveFault.KIND, entry.filename)
    if entry.file_size > MAX_MAIL_BYTES:
        return ContentFault(ArchiveFault.TOO_LARGE, entry.filename)
    content = archive.read(entry)
    return inspect(name, content) if _matches(file_type, content) else ContentFault(ArchiveFault.KIND, entry.filename)


def _matches(file_type: FileType, content: bytes) -> bool:
    is_other_picture = file_type.is_picture and picture_type_of(content) is not None
    # An empty log is no contradiction.
    return not content or is_other_picture or file_type.has_right_content(content)


def fault_of_open_document(archive: ZipFile, *, extension: str) -> ContentFault | None:
    """Return the fault of an OpenDocument file, or None."""
    names = archive.namelist()
    if "mimetype" not in names or head_of(archive, archive.getinfo("mimetype")).strip() != _OPEN_DOCUMENTS[extension]:
        return ContentFault(ArchiveFault.KIND)
    macros = next((name for name in names if name.startswith(("Basic/", "Scripts/"))), None)
    if macros:
        return ContentFault(ArchiveFault.MACROS, macros)
    return program_among(archive, contained(archive))


def program_among(archive: ZipFile, entries: Iterator[ZipInfo]) -> ContentFault | None:
    """Find a program or an embedded object in a document."""
    programs = (entry for entry in entries if head_of(archive, entry).startswith((*_PROGRAMS, OLE)))
    return next((ContentFault(ArchiveFault.PROGRAM, entry.filename) for entry in programs), None)


def head_of(archive: ZipFile, entry: ZipInfo) -> bytes:
    with archive.open(entry) as file:
        return file.read(HEAD_BYTES)


def opened(content: bytes) -> ZipFile:
    """Open an archive in memory. Raises: the errors of UNREADABLE."""
    return ZipFile(io.BytesIO(content))
