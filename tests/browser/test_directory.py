"""The directory in a browser: a new customer, its service and people."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from tests.browser.mailbox import Mailbox, text_of
from tests.browser.page_loads import arrive_at
from tests.browser.served import Served, serving
from tests.browser.test_six_chapters import initial_password_in
from tests.cast import PASSWORD
from tests.stage import Stage

MADDI, PEIO = "maddi@ossau.example", "peio@ossau.example"
NEW_PASSWORD = "quatre chevaux jaunes 88"
FILE = f"Mail;Nom;Rôle;Client\r\n{PEIO};Peio Ossau;Client;Fromagerie Ossau\r\n"


@pytest.fixture
def served(sqlite_stage: Stage, tmp_path: Path, mails: Mailbox) -> Iterator[Served]:
    sqlite_stage.settings(tmp_path)
    with serving(tmp_path, database_url=f"sqlite:///{tmp_path / 'izarlink.db'}", smtp_port=mails.port) as served:
        yield served


def sign_in(browser: Browser, served: Served, email: str, password: str) -> Page:
    """Sign a person in with a new browser."""
    page = browser.new_context(locale="fr-FR").new_page()
    page.goto(f"{served.address}/connexion")
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def faults(page: Page) -> list[str]:
    """Return the findings of the accessibility checker."""
    page.wait_for_load_state()
    return [fault["id"] for fault in Axe().run(page).response["violations"]]


def test_a_new_customer_and_a_deactivated_account(browser: Browser, served: Served, mails: Mailbox):
    root = sign_in(browser, served, "root@izarlink.example", PASSWORD)

    findings = add_a_customer(root)
    findings += invite_somebody(root)
    maddi = accept_invitation(browser, served, mails)
    import_by_file(root, served)
    findings += faults(root)
    mails.wait_for(PEIO, saying=PEIO)
    deactivate(root, served)

    maddi.reload()
    expect(maddi.get_by_role("heading", level=1)).to_have_text("Connexion")
    assert findings == []
    # The button was clicked twice.
    assert len([mail for mail in mails.to(MADDI) if "Vos identifiants" in str(mail["Subject"])]) == 1


def add_a_customer(root: Page) -> list[str]:
    """Create a customer and its service; return accessibility findings."""
    root.get_by_role("link", name="Annuaire").click()
    arrive_at(root, "Clients")
    findings = faults(root)
    follow(root, "Créer un client")
    root.get_by_label("Nom").fill("Fromagerie Ossau")
    press(root, "Créer le client")
    follow(root, "Ajouter un service")
    expect(root.get_by_label("Client")).to_have_value("Fromagerie Ossau")
    root.get_by_label("Référence").fill("ftto-00500")
    root.get_by_label("Libellé").fill("Fibre de la cave")
    press(root, "Ajouter le service")
    expect(root.get_by_role("row", name="FTTO-00500")).to_be_visible()
    return findings + faults(root)


def invite_somebody(root: Page) -> list[str]:
    """Create an account with a double click; return accessibility findings."""
    follow(root, "Créer un compte")
    root.get_by_label("Nom").fill("Maddi Ossau")
    root.get_by_label("Mail").fill(MADDI)
    root.get_by_label("Responsable client").check()
    root.get_by_role("button", name="Créer le compte").dblclick()
    arrive_at(root, "Maddi Ossau")
    return faults(root)


def accept_invitation(browser: Browser, served: Served, mails: Mailbox) -> Page:
    """Sign in with the mailed password; see the company's service."""
    credentials = mails.wait_for(MADDI, saying=MADDI)
    maddi = sign_in(browser, served, MADDI, initial_password_in(text_of(credentials)))
    maddi.get_by_label("Nouveau mot de passe").fill(NEW_PASSWORD)
    maddi.get_by_label("Confirmer le mot de passe").fill(NEW_PASSWORD)
    press(maddi, "Enregistrer")
    press(maddi, "Valider mes informations")
    expect(maddi.get_by_label("Service IzarLink concerné")).to_contain_text("FTTO-00500")
    return maddi


def deactivate(root: Page, served: Served) -> None:
    root.goto(f"{served.address}/bureau/comptes?q=MADDI")
    follow(root, "Maddi Ossau")
    root.get_by_text("Désactiver le compte").first.click()
    press(root, "Désactiver le compte")
    expect(root.get_by_role("status")).to_contain_text("ses sessions sont fermées")


def let_proofs_expire(served: Served) -> None:
    """Take the time of their latest proof from all sessions."""
    file = Path(served.environment["IZARLINK_DATA_DIR"]) / "izarlink.db"
    with closing(sqlite3.connect(file, timeout=30)) as database, database:
        database.execute("UPDATE sessions SET proved_at = NULL")


def import_by_file(root: Page, served: Served) -> None:
    """Check a file, prove who it is, and import it."""
    root.goto(f"{served.address}/bureau/comptes/import")
    upload = {"name": "comptes.csv", "mimeType": "text/csv", "buffer": FILE.encode("cp1252")}
    root.get_by_label("Fichier CSV").set_input_files(upload)  # type: ignore[arg-type] # a dictionary stands for its TypedDict
    press(root, "Vérifier le fichier")
    expect(root.get_by_text("Windows-1252, séparé")).to_be_visible()
    let_proofs_expire(served)
    press(root, "Importer ce fichier")
    arrive_at(root, "Confirmez votre identité")
    root.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    press(root, "Confirmer et continuer")
    expect(root.get_by_role("status")).to_contain_text("1 ligne créée")
    expect(root.get_by_role("link", name="Peio Ossau")).to_be_visible()
