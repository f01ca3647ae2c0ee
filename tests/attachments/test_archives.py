"""Inspection of archives and similar documents without unpacking."""

import io
import time
from zipfile import ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.attachments.documents import archive_of, excel_files, word_files

from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused, FileContentMismatch, Upload, check

TWO_MIB = 2_097_152
ODT = "application/vnd.oasis.opendocument.text"


def fault_of(name: str, content: bytes) -> ArchiveFault:
    with pytest.raises(ArchiveRefused) as refused:
        check(Upload(name, content), max_bytes=TWO_MIB)
    return refused.value.fault


def archive_with(entry: ZipInfo) -> bytes:
    packed = io.BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(entry, b"/etc/passwd")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("journaux.zip", archive_of({"logs/": "", "logs/box.log": "ok\n", "photo.png": b"\x89PNG\r\n\x1a\n"})),
        ("note.docx", archive_of(word_files())),
        ("note.xlsx", archive_of(excel_files())),
        ("note.odt", archive_of({"mimetype": ODT, "content.xml": "<a/>"}, compression=ZIP_STORED)),
        ("note.ods", archive_of({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"})),
    ],
)
def test_an_honest_archive_or_document_is_accepted(name, content):
    assert check(Upload(name, content), max_bytes=TWO_MIB).content == content


@pytest.mark.cve("CVE-2026-41193")
@pytest.mark.parametrize(
    ("name", "files", "fault"),
    [
        ("a.zip", {"a.exe": b"MZ"}, ArchiveFault.KIND),
        ("a.zip", {"photo.png": "<svg/>"}, ArchiveFault.KIND),
        ("a.zip", {"README": "no extension"}, ArchiveFault.KIND),
        ("a.zip", {"b.zip": archive_of({"c.txt": "c"})}, ArchiveFault.NESTED),
        ("a.zip", {"b.tar.gz": "b"}, ArchiveFault.NESTED),
        ("a.zip", {"b.docx": archive_of({"c.txt": "c"})}, ArchiveFault.NESTED),
        ("a.docx", {"a.exe": b"MZ"}, ArchiveFault.KIND),
        ("a.docx", {"[Content_Types].xml": "", "xl/workbook.xml": ""}, ArchiveFault.KIND),
        ("a.odt", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, ArchiveFault.KIND),
        ("a.odt", {"content.xml": "<a/>"}, ArchiveFault.KIND),
        ("a.odt", {"mimetype": ODT, "Basic/Standard/Module1.xml": "<a/>"}, ArchiveFault.MACROS),
        ("a.zip", {"bombe.txt": b"0" * 21_000_000}, ArchiveFault.TOO_LARGE),
        ("a.zip", {f"{number}.txt": "" for number in range(1_001)}, ArchiveFault.TOO_MANY_ENTRIES),
    ],
)
def test_an_archive_that_hides_something_is_refused(name, files, fault):
    assert fault_of(name, archive_of(files)) is fault


def test_a_symbolic_link_is_refused():
    link = ZipInfo("lien.txt")
    link.external_attr = 0o120777 << 16

    assert fault_of("a.zip", archive_with(link)) is ArchiveFault.SYMLINK


def test_an_encrypted_archive_is_refused():
    content = bytearray(archive_of({"a.txt": "a"}))
    # The flags of the entry in the central directory: signature, two versions, flags.
    content[content.rindex(b"PK\x01\x02") + 8] |= 1

    assert fault_of("a.zip", bytes(content)) is ArchiveFault.ENCRYPTED


def test_a_rare_compression_is_refused_without_being_tried():
    assert fault_of("a.zip", archive_of({"a.txt": "a"}, compression=ZIP_LZMA)) is ArchiveFault.DAMAGED


def test_a_program_with_an_archive_behind_it_is_no_archive():
    with pytest.raises(FileContentMismatch):
        check(Upload("a.zip", b"MZ\x90\x00" + archive_of({"a.txt": "a"})), max_bytes=TWO_MIB)


def test_an_archive_of_too_many_names_is_refused_at_once():
    content = archive_of({f"{number}.txt": "" for number in range(19_000)}, compression=ZIP_STORED)

    begin = time.process_time()
    fault = fault_of("a.zip", content)

    assert fault is ArchiveFault.TOO_MANY_ENTRIES
    assert time.process_time() - begin < 1


HONEST = archive_of({"a.txt": "a" * 100, "b.log": "b"})


@given(st.integers(0, len(HONEST) - 1), st.binary(min_size=1, max_size=8), st.integers(0, len(HONEST)))
@example(0, b"PK\x05\x06", 22)
def test_a_damaged_archive_is_refused_or_accepted_but_never_breaks_us(start, patch, end):
    content = b"PK\x03\x04" + (HONEST[:start] + patch + HONEST[start + len(patch) :])[4:end]

    outcome = outcome_of(content)

    assert outcome is None or isinstance(outcome, ArchiveFault)


def outcome_of(content: bytes) -> ArchiveFault | None:
    try:
        check(Upload("a.zip", content), max_bytes=TWO_MIB)
    except ArchiveRefused as refused:
        return refused.fault
    return None
