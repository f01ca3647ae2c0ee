"""The work that an upload may cause, whatever it contains."""

import pytest
from tests.attachments.documents import OFFICE, WORD, archive_of, relationships, word_files
from tests.attachments.test_mail_parts import mail_with

from izarlink_tickets.attachments import ArchiveFault, ArchiveRefused, Upload, check

# Packed, each is some kilobytes.
LONG_MAIL = b"Subject: Panne\r\n\r\n" + b"\n" * 150_000
LONG_LOG = b'{"log":' + b" " * 8_000_000
LONG_LISTS = relationships(*[(f"{OFFICE}/styles", "styles.xml")]).replace(">", ">" + " " * 3_000_000, 1)


def workbook_files() -> dict[str, bytes | str]:
    return word_files() | {"word/_rels/document.xml.rels": LONG_LISTS}


CONTENTS = {
    "mails in an archive": archive_of({"1.eml": LONG_MAIL, "2.eml": LONG_MAIL}),
    "mails in archives in a mail": bytes(
        mail_with(("1.zip", archive_of({"1.eml": LONG_MAIL})), ("2.zip", archive_of({"2.eml": LONG_MAIL})))
    ),
    "logs in archives in a mail": bytes(
        mail_with(*[(f"{nth}.zip", archive_of({"1.har": LONG_LOG, "2.har": LONG_LOG})) for nth in range(3)])
    ),
    "documents in a mail": bytes(mail_with(*[(f"{nth}.docx", archive_of(workbook_files())) for nth in range(2)])),
    "documents in a document": archive_of(
        word_files(defaults={"docx": f"{WORD}.document.main+xml"})
        | {f"word/embeddings/{nth}.docx": archive_of(workbook_files()) for nth in range(2)}
    ),
    "entries of archives in a mail": bytes(
        mail_with(*[(f"{nth}.zip", archive_of({f"{entry}.log": b"" for entry in range(900)})) for nth in range(3)])
    ),
}


@pytest.mark.parametrize("what", CONTENTS)
def test_an_upload_that_would_keep_a_process_busy_is_refused(what: str):
    content = CONTENTS[what]
    name = "pieces.docx" if "in a document" in what else "pieces.zip" if content.startswith(b"PK") else "pieces.eml"

    with pytest.raises(ArchiveRefused) as refused:
        check(Upload(name, content), max_bytes=2_097_152)

    assert refused.value.fault is ArchiveFault.TOO_LARGE


def test_a_large_mail_in_an_archive_is_accepted():
    photo = b"\xff\xd8\xff" + bytes(range(256)) * 20_000

    check(Upload("mail.zip", archive_of({"mail.eml": bytes(mail_with(("photo.jpg", photo)))})), max_bytes=2_097_152)
