"""The mailbox exists in the demo only, with the default folder's mails."""

from email.message import EmailMessage

import pytest
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.config import MailFolder
from izarlink_tickets.sealing import installation

pytestmark = pytest.mark.sqlite_only("files of the demo")

MAILBOX = "/-/boite-aux-lettres"
NAME = "20261102T080000.000000Z-a1"


@pytest.fixture
def demo(portal: Portal) -> Portal:
    """Mark the data as the demo's, and store a mail."""
    with portal.database.command() as connection:
        connection.execute(installation.insert().values(name="demo", value="loaded"))
    folder = portal.settings.mail_target
    assert isinstance(folder, MailFolder)
    folder.path.mkdir()
    mail = EmailMessage()
    mail["To"] = "Alice <alice@etxea.example>"
    mail["Subject"] = "[IzarLink #1042] Débit <à> 2 Mbit/s"
    mail["Date"] = "Mon, 02 Nov 2026 08:00:00 +0000"
    mail.set_content("Ouvrir le ticket : http://127.0.0.1:8000/tickets/1042?entree=1#e1\n<b>gras</b>\n")
    mail.add_alternative("<p>Ouvrir</p>", subtype="html")
    (folder.path / f"{NAME}.eml").write_bytes(mail.as_bytes())
    (folder.path.parent / "elsewhere.eml").write_bytes(mail.as_bytes())
    return portal


def test_mails_are_listed(demo: Portal, anonymous: Browser):
    page = anonymous.get(MAILBOX)

    assert page.status == 200
    assert "[IzarLink #1042] Débit <à> 2 Mbit/s" in page.words
    assert "02/11/2026 à 09:00" in page.words


def test_a_mail_can_be_read_and_its_links_followed(demo: Portal, anonymous: Browser):
    page = anonymous.get(f"{MAILBOX}/{NAME}")

    links = [link.get("href") for link in page.tree.iter("a")]
    assert "http://127.0.0.1:8000/tickets/1042?entree=1#e1" in links
    assert "<b>gras</b>" in page.words


@pytest.mark.parametrize("name", ["autre", "..%2felsewhere", "../elsewhere", ".", "%00", "*"])
def test_no_name_leads_out_of_the_folder(demo: Portal, anonymous: Browser, name: str):
    assert anonymous.get(f"{MAILBOX}/{name}").status == 404


def test_an_empty_mailbox_says_so(demo: Portal, anonymous: Browser):
    folder = demo.settings.mail_target
    assert isinstance(folder, MailFolder)
    (folder.path / f"{NAME}.eml").unlink()

    assert "Aucun mail pour l’instant" in anonymous.get(MAILBOX).words


def test_the_demo_says_that_its_data_is_invented(demo: Portal, anonymous: Browser):
    assert "Démonstration, données fictives." in anonymous.get("/connexion").words


def test_other_portals_don_t(anonymous: Browser):
    assert "Démonstration" not in anonymous.get("/connexion").words


def test_the_demo_says_who_one_can_sign_in_as(demo: Portal, anonymous: Browser):
    page = anonymous.get("/connexion")

    assert "sam@izarlink.example" in page.words
    assert "demo-izarlink-2026" in page.words
