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


@pytest.mark.cve("CVE-2026-27636", "CVE-2026-28289", "CVE-2022-35914")
@pytest.mark.parametrize(
    "name",
    [
        "a.php",
        ".htaccess",
        "logo.svg",
        "page.html",
        "facture.pdf.exe",
        "facture.exe.pdf",
        "shell.php.txt",
        "macros.docm",
        "capture.png\u202egnp.exe",
        "capture.exe\u200f",
    ],
)
def test_a_file_of_another_kind_is_refused_with_the_list_of_the_accepted_ones(name):
    with pytest.raises(FileKindRefused) as refused:
        checked(name, PNG)

    assert refused.value.accepted[:3] == ("pdf", "png", "jpg")


@pytest.mark.cve("CVE-2024-47759", "CVE-2020-1766")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("photo.png", b"<!doctype html><script>alert(1)</script>"),
        ("photo.jpg", b"MZ\x90\x00\x03"),
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


def test_five_files_are_accepted():
    uploads = [Upload(f"{nth}.png", PNG) for nth in range(5)]

    assert len(check_all(uploads, max_bytes=TWO_MIB)) == 5


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
        checked("a." + "b" * 300, PDF)

    assert len(refused.value.name) == 150


def test_printing_an_upload_shows_no_content():
    assert "PNG" not in repr(Upload("box", PNG))


# --- what real use sends ----------------------------------------------------------------------------------------------

JPEG = b"\xff\xd8\xff\xe0...."
OUTLOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "__substg1.0_0037001F".encode("utf-16-le")
LINES = b"Link up\r\n" * 100


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("IMG_1.HEIC", b"\x00\x00\x00\x24ftypheic\x00\x00\x00\x00", "image/heic"),
        ("photo.jfif", JPEG, "image/jpeg"),
        ("panne.mp4", b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00", "video/mp4"),
        ("navigateur.har", b'\xef\xbb\xbf {"log": {"version": "1.2"}}', "application/json"),
        ("message.msg", OUTLOOK, "application/vnd.ms-outlook"),
        ("facture.pdf", b"\n" * 1024 + PDF, "application/pdf"),
        ("imprimante.pdf", b"\x1b%-12345X@PJL JOB\r\n" + PDF, "application/pdf"),
        ("serie.log", b"login:\r\x00\n\x11\x13" + LINES, "text/plain"),
        ("coupure.log", LINES + bytes(4096) + LINES, "text/plain"),
        ("powershell.txt", "Perte de paquets à Évry\r\n".encode("utf-16"), "text/plain"),
        ("sans-marque.txt", "Réponse de 192.0.2.1\r\n".encode("utf-16-le"), "text/plain"),
        ("gros-boutiste.txt", "Réponse de 192.0.2.1\r\n".encode("utf-16-be"), "text/plain"),
        ("couleurs.txt", "\x1b[31mÉchec\x1b[0m\r\n".encode("utf-16"), "text/plain"),
        ("controle.txt", LINES + b"\x01\x02\x0e\x0f\x1a\x04", "text/plain"),
        ("marque.eml", b"\xef\xbb\xbfSubject: panne\r\n\r\nBonjour", "message/rfc822"),
        ("vide-avant.eml", b"\r\n\n  \r\nSubject: panne\r\n\r\nBonjour", "message/rfc822"),
    ],
)
def test_what_real_machines_write_is_accepted(name, content, media_type):
    assert checked(name, content) == CheckedFile(name, media_type, content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("programme.txt", b"MZ\x90\x00\x03" + bytes(59) + b"This program cannot be run in DOS mode." * 20),
        ("programme.log", b"\x7fELF\x02\x01\x01\x00" + LINES),
        ("binaire.txt", bytes(range(256)) * 20),
        ("rien-que-des-zeros.log", bytes(4096)),
        ("archive.txt", b"PK\x03\x04\x14\x00\x00\x00" + LINES),
        ("tard.pdf", b"\n" * 1025 + PDF),
        ("page.pdf", b" <!DOCTYPE html><script>alert(1)</script>" + PDF),
        ("lettre.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le")),
        ("film.mp4", b"\x00\x00\x00\x14ftypqt  "),
        ("page.har", b"<html>"),
    ],
)
def test_what_only_looks_like_it_is_refused(name, content):
    with pytest.raises(FileContentMismatch):
        checked(name, content)


@pytest.mark.parametrize(
    ("sent", "content", "stored"),
    [
        ("photo.png", JPEG, "photo.jpg"),
        ("photo.gif", PNG, "photo.png"),
        ("photo.jpg", b"\x00\x00\x00\x24ftypheic", "photo.heic"),
        ("photo.jpe", JPEG, "photo.jpg"),
        ("capture.pdf", PNG, "capture.png"),
        ("IMG_0001", JPEG, "IMG_0001.jpg"),
        ("point.", PNG, "point.png"),
        ("Capture 12.30", PNG, "Capture 12.30.png"),
        ("photo.JPEG", JPEG, "photo.JPEG"),
    ],
)
def test_a_picture_is_named_by_its_content(sent, content, stored):
    assert checked(sent, content).name == stored


@pytest.mark.parametrize("name", ["a.exe", "logo.svg", "page.html", "facture.exe.pdf", ".htaccess"])
def test_a_picture_that_ends_like_a_program_is_refused(name):
    with pytest.raises(FileKindRefused):
        checked(name, PNG)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ([("image.jpg", b"1"), ("image.jpg", b"2"), ("IMAGE.jpg", b"3")], ["image.jpg", "image-2.jpg", "IMAGE-3.jpg"]),
        ([("image.jpg", b"1"), ("image.jpg", b"1")], ["image.jpg"]),
        ([("image.jpg", b"1"), ("image.jpg", b"2"), ("image.jpg", b"2")], ["image.jpg", "image-2.jpg"]),
        ([("image.jpg", b"1"), ("autre.jpg", b"1")], ["image.jpg", "autre.jpg"]),
        (
            [("image-2.jpg", b"1"), ("image.jpg", b"2"), ("image.jpg", b"3")],
            ["image-2.jpg", "image.jpg", "image-3.jpg"],
        ),
        ([("a" * 146 + ".jpg", b"1"), ("a" * 146 + ".jpg", b"2")], ["a" * 146 + ".jpg", "a" * 144 + "-2.jpg"]),
    ],
)
def test_two_files_of_one_name_are_both_kept_and_the_same_file_once(sent, stored):
    uploads = [Upload(name, JPEG + content) for name, content in sent]

    assert [file.name for file in check_all(uploads, max_bytes=TWO_MIB)] == stored
