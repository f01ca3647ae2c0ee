"""The parts of mails, judged as files."""

from email.message import EmailMessage

import pytest
from tests.attachments.documents import archive_of

from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused, Upload, check

PNG = b"\x89PNG\r\n\x1a\n"


def mail_with(*parts: tuple[str, bytes]) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Panne"
    mail.set_content("Bonjour")
    mail.add_alternative("<p>Bonjour</p>", subtype="html")
    for name, content in parts:
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail


def check_mail(content: bytes) -> None:
    check(Upload("mail.eml", content), max_bytes=2_097_152)


def refusal_of(content: bytes) -> tuple[ArchiveFault, str]:
    with pytest.raises(ArchiveRefused) as refused:
        check_mail(content)
    return refused.value.fault, refused.value.entry


def test_a_mail_with_ordinary_parts_is_accepted():
    parts = [("plan.png", PNG), ("mesure.log", b"ok"), ("rendez-vous.ics", b"BEGIN:VCALENDAR"), ("smime.p7s", b"0\x82")]

    check_mail(bytes(mail_with(*parts)))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("facture.exe", b"MZ\x90", (ArchiveFault.KIND, "facture.exe")),
        ("facture.pdf", b"MZ\x90", (ArchiveFault.KIND, "facture.pdf")),
        ("facture.exe.pdf", b"%PDF-1.7", (ArchiveFault.KIND, "facture.exe.pdf")),
        ("fac\u202etxt.exe", b"MZ\x90", (ArchiveFault.KIND, "factxt.exe")),
        ("page.html", b"<script>", (ArchiveFault.KIND, "page.html")),
        ("outils.zip", archive_of({"a.exe": b"MZ"}), (ArchiveFault.KIND, "a.exe")),
        ("outils.zip", b"PK\x03\x04", (ArchiveFault.DAMAGED, "outils.zip")),
        ("x" * 300 + ".exe", b"MZ\x90", (ArchiveFault.KIND, "x" * 80)),
    ],
)
def test_a_part_that_is_no_accepted_file_refuses_the_mail(
    name: str, content: bytes, expected: tuple[ArchiveFault, str]
):
    assert refusal_of(bytes(mail_with((name, content)))) == expected


def test_a_forwarded_mail_is_inspected():
    outer = mail_with()
    outer.add_attachment(mail_with(("a.exe", b"MZ")))

    assert refusal_of(bytes(outer)) == (ArchiveFault.KIND, "a.exe")


def test_mails_in_mails_end_somewhere():
    content = bytes(mail_with())
    for _ in range(6):
        content = bytes(mail_with(("mail.eml", content)))

    assert refusal_of(content)[0] is ArchiveFault.NESTED


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\nContent-Type: application/x-msdownload\r\n\r\nMZ",
        b"Subject: x\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQ",
    ],
)
def test_a_part_without_a_name_is_judged_by_its_type(content: bytes):
    assert refusal_of(content)[0] is ArchiveFault.KIND


@pytest.mark.parametrize(
    "content",
    [
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 500,
        b"Subject: x\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--",
        b'Subject: x\r\nContent-Disposition: attachment; filename="=?x?q?a?="\r\n\r\nx',
        b"Subject: x\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"=" * 1000,
        b"Subject: x\r\nContent-Type: ;;;;\r\n\r\n" + b"\xff" * 100,
    ],
)
def test_an_odd_mail_is_refused_or_accepted_but_never_breaks_us(content: bytes):
    try:
        check_mail(content)
    except ArchiveRefused as refused:
        assert refused.fault in ArchiveFault  # noqa: PT017 - either outcome is right


def test_deeply_nested_parts_are_refused_in_time():
    head = b"Subject: x\r\n"
    for nth in range(400):
        head += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (nth, nth)

    assert refusal_of(head + b"Content-Type: application/octet-stream\r\n\r\nMZ")[0] in ArchiveFault
