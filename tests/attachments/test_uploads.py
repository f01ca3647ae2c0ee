"""Acceptance, names and refusals of uploaded files."""

import pytest

from izarlink_tickets.attachments import (
    CheckedFile,
    FileContentMismatch,
    FileEmpty,
    FileKindRefused,
    FileTooLarge,
    Upload,
    check,
    check_all,
)
from izarlink_tickets.domain.errors import TooManyFiles

TWO_MIB = 2_097_152
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7\n/JavaScript (app.alert(1))"


def checked(name: str, content: bytes) -> CheckedFile:
    return check(Upload(name, content), max_bytes=TWO_MIB)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("mesure.pdf", PDF, "application/pdf"),
        ("box.png", PNG, "image/png"),
        ("BOX.PNG", PNG, "image/png"),
        ("box.jpeg", b"\xff\xd8\xff\xe0....", "image/jpeg"),
        ("box.JPG", b"\xff\xd8\xff\xe1....", "image/jpeg"),
        ("animation.gif", b"GIF89a<script>alert(1)</script>", "image/gif"),
        ("box.webp", b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("journal.txt", "Perte de paquets à Évry\n".encode(), "text/plain"),
        ("journal.log", "Débit à 2 Mbit/s".encode("latin-1"), "text/plain"),
        ("console.log", b"\x1b[31mLink down\x1b[0m\x07\r\n", "text/plain"),
        ("ping.txt", "Réponse de 192.0.2.1".encode("utf-16"), "text/plain"),
        ("routeur.conf", b"interface eth0\n", "text/plain"),
        ("mesures.csv", b"heure;debit\n10:00;2\n", "text/csv"),
        ("mail.eml", b"Subject: panne\r\n\r\nBonjour", "message/rfc822"),
        ("capture.pcap", b"\xd4\xc3\xb2\xa1" + bytes(20), "application/vnd.tcpdump.pcap"),
        ("capture.pcapng", b"\x0a\x0d\x0d\x0a" + bytes(20), "application/x-pcapng"),
        ("www.izarlink.com.png", PNG, "image/png"),
    ],
)
def test_a_file_of_an_accepted_kind_is_kept_with_the_type_of_our_table(name, content, media_type):
    assert checked(name, content) == CheckedFile(name, media_type, content)


@pytest.mark.parametrize(
    "name",
    [
        "a.php",
        ".htaccess",
        ".user.ini",
        "logo.svg",
        "page.html",
        "facture.pdf.exe",
        "facture.exe.pdf",
        "shell.php.txt",
        "macros.docm",
        "sans-extension",
        "point.",
        ".pdf",
        "capture.png\u202egnp.exe",
        "capture.exe\u200f",
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_list_of_the_accepted_ones(name):
    with pytest.raises(FileKindRefused) as refused:
        checked(name, PNG)

    assert refused.value.accepted[:3] == ("pdf", "png", "jpg")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("photo.png", b"<!doctype html><script>alert(1)</script>"),
        ("photo.jpg", b"MZ\x90\x00\x03"),
        ("photo.gif", PNG),
        ("photo.webp", b"RIFF\x10\x00\x00\x00WAVEfmt "),
        ("mesure.pdf", b"<html>%PDF-1.7"),
        ("journal.txt", b"MZ\x90\x00\x03\x00\x00\x00"),
        ("journal.txt", b"\xff\xfe\x00\x00\x00\x00"),
        ("journal.txt", b"\xff\xfea\x00\x00\xd8a\x00"),
        ("mail.eml", b"Bonjour, voici mon mail"),
        ("capture.pcap", b"pcap"),
        ("tableau.docx", b"<?xml version='1.0'?>"),
    ],
)
def test_a_content_that_contradicts_its_name_is_refused(name, content):
    with pytest.raises(FileContentMismatch) as refused:
        checked(name, content)

    assert refused.value.name == name
    assert refused.value.extension == name.rpartition(".")[2]


def test_an_empty_file_is_refused():
    with pytest.raises(FileEmpty) as refused:
        checked("vide.txt", b"")

    assert refused.value.name == "vide.txt"


def test_a_file_of_exactly_two_mib_is_accepted():
    assert len(checked("journal.txt", b"a" * TWO_MIB).content) == TWO_MIB


def test_one_byte_more_is_refused_with_both_sizes():
    with pytest.raises(FileTooLarge) as refused:
        checked("journal.txt", b"a" * (TWO_MIB + 1))

    assert (refused.value.name, refused.value.size, refused.value.max_bytes) == ("journal.txt", TWO_MIB + 1, TWO_MIB)


def test_five_files_are_accepted_even_twice_the_same():
    assert len(check_all([Upload("a.png", PNG)] * 5, max_bytes=TWO_MIB)) == 5


def test_a_sixth_file_is_refused():
    with pytest.raises(TooManyFiles) as refused:
        check_all([Upload("a.png", PNG)] * 6, max_bytes=TWO_MIB)

    assert refused.value.maximum == 5


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("../../etc/mot de passe.png", "mot de passe.png"),
        ("C:\\Users\\alice\\box.png", "box.png"),
        ("..\\..\\box.png", "box.png"),
        ("con.png", "con.png"),
        ("日本.png", "日本.png"),
        ("📷.png", "📷.png"),
        ("box\r\nSet-Cookie: a=b.png", "box Set-Cookie: a=b.png"),
        ("b\u202eox\u2066.png", "box.png"),
        ("box\x00.png", "box.png"),
        ("de\u0301bit.png", "débit.png"),
        ('«box" ; filename=.png', '«box" ; filename=.png'),
        ("a" * 300 + ".png", "a" * 146 + ".png"),
    ],
)
def test_a_name_is_kept_as_data_in_one_printable_line(sent, stored):
    assert checked(sent, PNG).name == stored


def test_a_name_that_is_all_extension_is_cut_and_refused():
    with pytest.raises(FileKindRefused) as refused:
        checked("a." + "b" * 300, PNG)

    assert len(refused.value.name) == 150


def test_printing_an_upload_shows_no_content():
    assert "PNG" not in repr(Upload("box", PNG))
