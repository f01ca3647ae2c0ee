"""Entries of zip files: those of systems, paths, names in refusals."""

from zipfile import ZipInfo

import pytest
from tests.attachments.documents import archive_of

from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused, Upload, check

APPLE_DOUBLE = b"\x00\x05\x16\x07" + bytes(60)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
JPEG = b"\xff\xd8\xff\xe0"


def check_zip(files: dict[str, bytes | str]) -> None:
    check(Upload("journaux.zip", archive_of(files)), max_bytes=2_097_152)


def refusal_of(files: dict[str, bytes | str]) -> tuple[ArchiveFault, str]:
    with pytest.raises(ArchiveRefused) as refused:
        check_zip(files)
    return refused.value.fault, refused.value.entry


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("__MACOSX/._box.log", APPLE_DOUBLE),
        ("__MACOSX/", b""),
        ("._box.log", APPLE_DOUBLE),
        (".DS_Store", b"\x00\x00\x00\x01Bud1" + bytes(40)),
        ("photos/Thumbs.db", OLE + bytes(40)),
        ("photos/desktop.ini", b"[.ShellClassInfo]\r\n"),
        ("journaux/", b""),
        ("vide.log", b""),
    ],
)
def test_what_other_systems_add_is_passed_over(name: str, content: bytes):
    check_zip({"box.log": "ok\n", name: content})


@pytest.mark.parametrize("attributes", [0x10, 0o040755 << 16])
def test_a_folder_without_a_slash_is_a_folder(attributes: int):
    folder = ZipInfo("journaux")
    folder.external_attr = attributes

    check_zip({folder: b"", "journaux/box.log": "ok\n"})  # type: ignore[dict-item] # an entry with attributes


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Thumbs.db", b"MZ\x90\x00"),
        (".DS_Store", b"#!/bin/sh"),
        ("__MACOSX/._setup.exe", b"MZ\x90\x00"),
        ("__MACOSX/setup.exe", b"MZ\x90\x00"),
        ("outils/setup.exe", b"MZ\x90\x00"),
        ("LISEZMOI", b"texte"),
        ("box.log", b"\x7fELF\x00"),
    ],
)
def test_a_refused_entry_is_named(name: str, content: bytes):
    assert refusal_of({"ok.txt": "ok", name: content}) == (ArchiveFault.KIND, name)


@pytest.mark.parametrize(
    "name", ["/etc/passwd.txt", "../a.txt", "a/../../b.txt", "C:\\a.txt", "C:/a.txt", "a\\b.txt", "\\\\hote\\a.txt"]
)
def test_an_entry_that_leaves_its_folder_is_refused(name: str):
    assert refusal_of({"ok.txt": "ok", name: "x"}) == (ArchiveFault.PATH, name)


def test_two_dots_within_a_name_are_no_path():
    check_zip({"mesures..2026.txt": "ok"})


def test_a_picture_with_another_extension_is_accepted():
    check_zip({"image.png": JPEG})


def test_a_log_of_one_repeated_line_is_no_bomb():
    check_zip({"box.log": "Link down\n" * 1_000_000})


def test_the_same_log_ten_times_over_is_one():
    assert refusal_of({f"{nth}.log": "Link down\n" * 300_000 for nth in range(10)}) == (ArchiveFault.TOO_LARGE, "")


def test_a_mail_in_an_archive_is_judged_by_its_parts():
    mail = b'Subject: x\r\nContent-Type: application/octet-stream; name="a.exe"\r\n\r\nMZ'

    assert refusal_of({"mail.eml": mail}) == (ArchiveFault.KIND, "a.exe")


def test_a_long_name_is_cut_in_the_refusal():
    assert len(refusal_of({"a" * 300 + ".exe": "MZ"})[1]) == 80
