"""Inspection of zip files and similar documents without unpacking.

It refuses zip bombs, nested and encrypted archives, links and macros. Source: ASVS 5.2.2, 5.2.3 and 5.2.5.
"""

import io
import stat
import struct
import zlib
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from izarlink_tickets.attachments.file_types import HEAD_BYTES, file_type_of
from izarlink_tickets.attachments.refusals import ArchiveFault

MAX_ENTRIES = 1_000
MAX_UNPACKED_BYTES = 104_857_600
MAX_RATIO = 100
_ENCRYPTED_FLAG = 0x1
_NESTED = (".7z", ".rar", ".jar", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".cab", ".iso")
# The part that each kind of document must contain.
_OFFICE_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
_OPEN_DOCUMENTS = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
}
# The errors of zipfile on crafted bytes, found with mutated archives.
_UNREADABLE = (BadZipFile, struct.error, zlib.error, EOFError, NotImplementedError, OSError, OverflowError, ValueError)


def fault_in(content: bytes, *, extension: str) -> ArchiveFault | None:
    """Return the fault of an archive, or None."""
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            return _fault_of_list(archive.infolist()) or _fault_of_contents(archive, extension=extension)
    except _UNREADABLE:
        return ArchiveFault.DAMAGED


def _fault_of_list(entries: list[ZipInfo]) -> ArchiveFault | None:
    if len(entries) > MAX_ENTRIES:
        return ArchiveFault.TOO_MANY_ENTRIES
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(packed, 1):
        return ArchiveFault.TOO_LARGE
    # Other methods can allocate gigabytes before the first byte, and no office program uses them.
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        return ArchiveFault.DAMAGED
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        return ArchiveFault.ENCRYPTED
    # The upper half holds the Unix mode of archives made on Unix.
    if any(stat.S_ISLNK(entry.external_attr >> 16) for entry in entries):
        return ArchiveFault.SYMLINK
    return None


def _fault_of_contents(archive: ZipFile, *, extension: str) -> ArchiveFault | None:
    if extension in _OFFICE_PARTS:
        return _fault_of_office(archive, part=_OFFICE_PARTS[extension])
    if extension in _OPEN_DOCUMENTS:
        return _fault_of_open_document(archive, media_type=_OPEN_DOCUMENTS[extension])
    faults = (_fault_of_entry(archive, entry) for entry in archive.infolist() if not entry.is_dir())
    return next((fault for fault in faults if fault), None)


def _fault_of_office(archive: ZipFile, *, part: str) -> ArchiveFault | None:
    names = archive.namelist()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return ArchiveFault.MACROS
    return None if part in names and "[Content_Types].xml" in names else ArchiveFault.KIND


def _fault_of_open_document(archive: ZipFile, *, media_type: bytes) -> ArchiveFault | None:
    if any(name.startswith(("Basic/", "Scripts/")) for name in archive.namelist()):
        return ArchiveFault.MACROS
    if "mimetype" not in archive.namelist() or _head(archive, archive.getinfo("mimetype")).strip() != media_type:
        return ArchiveFault.KIND
    return None


def _fault_of_entry(archive: ZipFile, entry: ZipInfo) -> ArchiveFault | None:
    name = entry.filename.rpartition("/")[2]
    if name.lower().endswith(_NESTED):
        return ArchiveFault.NESTED
    file_type = file_type_of(name)
    if file_type and file_type.is_archive:
        return ArchiveFault.NESTED
    if file_type is None or not file_type.has_right_content(_head(archive, entry)):
        return ArchiveFault.KIND
    return None


def _head(archive: ZipFile, entry: ZipInfo) -> bytes:
    with archive.open(entry) as file:
        return file.read(HEAD_BYTES)
