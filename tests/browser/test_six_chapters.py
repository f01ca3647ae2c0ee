"""The six chapters of the customers' guide in a real browser."""

import json
import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from tests.browser.mailbox import Mailbox, link_in, text_of
from tests.browser.served import Served

ALICE, SAM, ORGANISATION = "alice@etxea.example", "sam@izarlink.example", "Boulangerie Etxea"
CHOSEN_PASSWORD = "quatre chevaux jaunes 88"
MEASURE: FilePayload = {"name": "mesure.txt", "mimeType": "text/plain", "buffer": "2 Mbit/s à 9 h".encode()}
QUESTION, SOLUTION = "Quel débit mesurez-vous par câble ?", "L’optique a été remplacée."


@dataclass(frozen=True)
class Story:
    """A served portal, with the browsers of alice and sam."""

    browser: Browser
    served: Served
    mails: Mailbox
    alice: Page
    sam: Page


def new_page(browser: Browser) -> Page:
    return browser.new_context(locale="fr-FR", viewport={"width": 1280, "height": 900}).new_page()


def sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    page.get_by_role("button", name="Se connecter").click()


def choose_password(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez votre mot de passe")
    page.get_by_label("Nouveau mot de passe").fill(CHOSEN_PASSWORD)
    page.get_by_label("Confirmer le mot de passe").fill(CHOSEN_PASSWORD)
    page.get_by_role("button", name="Enregistrer").click()


def initial_password_in(text: str) -> str:
    password = re.search(r"\b(?:[a-z0-9]{4}-){3}[a-z0-9]{4}\b", text)
    assert password, text
    return password[0]


def set_up(served: Served) -> str:
    """Create all records as an operator; return sam's initial password."""
    served.command("organisation", "create", ORGANISATION)
    served.command("service", "create", "FTTO-00417", "--organisation", ORGANISATION, "--label", "Fibre du fournil")
    customer = ("--role", "customer", "--organisation", ORGANISATION)
    served.command("account", "create", ALICE, "--name", "Alice Etcheverry", *customer)
    staff = ("--role", "support", "--print-password")
    return initial_password_in(served.command("account", "create", SAM, "--name", "Sam Iriart", *staff))


def sign_in_first_time(story: Story) -> None:
    """Sign in (chapter 1): the mailed password only opens its change."""
    credentials = story.mails.wait_for(ALICE, saying=ALICE)
    story.alice.goto(link_in(credentials, under=story.served.address))
    sign_in(story.alice, ALICE, initial_password_in(text_of(credentials)))
    story.alice.goto(f"{story.served.address}/tickets")
    choose_password(story.alice)


def confirm_profile(story: Story) -> None:
    """Confirm the contact details (chapter 2), shown under the name."""
    page = story.alice
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez vos informations")
    page.get_by_label("Téléphone").fill("05 59 00 00 01")
    page.get_by_role("button", name="Valider mes informations").click()
    page.get_by_role("link", name="Alice Etcheverry").click()
    expect(page.get_by_label("Téléphone")).to_have_value("05 59 00 00 01")


def open_ticket(story: Story) -> None:
    """Open a ticket (chapter 3): urgency only for an Incident."""
    page = story.alice
    page.get_by_role("link", name="Créer un ticket").first.click()
    urgency = page.get_by_role("group", name="Urgence")
    page.get_by_label("Demande", exact=True).check()
    expect(urgency).to_be_hidden()
    page.get_by_label("Incident", exact=True).check()
    expect(urgency).to_be_visible()
    page.get_by_label("Débit", exact=True).check()
    page.get_by_label("Haute", exact=True).check()
    page.get_by_label("Titre").fill("Débit à 2 Mbit/s")
    page.get_by_label("Description").fill("Depuis ce matin, au fournil.")
    page.get_by_role("button", name="Fichier").set_input_files(MEASURE)
    page.get_by_role("button", name="Envoyer").click()
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"Votre ticket n°\s1 est enregistré\."))
    acknowledgement = story.mails.wait_for(ALICE, saying="Depuis ce matin, au fournil.")
    assert acknowledgement["Subject"] == "[IzarLink #1] Débit à 2 Mbit/s"
    assert f"{story.served.address}/tickets/1?entree=1#e1" in text_of(acknowledgement)


def find_ticket(story: Story) -> None:
    """Find the ticket by its state (chapter 4), with its file."""
    page = story.alice
    page.get_by_role("link", name="Tickets", exact=True).click()
    page.get_by_role("navigation", name="États").get_by_role("link", name=re.compile("Nouveau")).click()
    page.get_by_role("link", name="Débit à 2 Mbit/s").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Débit à 2 Mbit/s")
    with page.expect_download() as downloading:
        page.get_by_role("link", name=re.compile("mesure.txt")).first.click()
    assert downloading.value.path().read_bytes() == MEASURE["buffer"]


def ask_customer(story: Story, sam_password: str) -> None:
    """Ask the customer (chapter 5), after a forced change of password."""
    page = story.sam
    page.goto(link_in(story.mails.wait_for(SAM, saying="Depuis ce matin"), under=f"{story.served.address}/tickets/1"))
    sign_in(page, SAM, sam_password)
    choose_password(page)
    page.get_by_role("link", name="Plus tard").click()
    expect(page).to_have_url(re.compile(r"/bureau/tickets/1\?entree=1"))
    page.get_by_label("Demander des informations").check()
    part = page.locator(".composer-demander")
    part.get_by_role("textbox").fill(QUESTION)
    part.get_by_role("button").click()
    expect(page.get_by_text(QUESTION)).to_be_visible()


def answer_question(story: Story) -> None:
    """Answer with a file (chapter 5), by the link in the mail."""
    page = new_page(story.browser)
    page.goto(link_in(story.mails.wait_for(ALICE, saying=QUESTION), under=f"{story.served.address}/tickets/1"))
    sign_in(page, ALICE, CHOSEN_PASSWORD)
    expect(page).to_have_url(re.compile(r"/tickets/1\?entree=3"))
    expect(page.locator("#e3")).to_contain_text(QUESTION)
    expect(page.locator("dl").first).to_contain_text("En attente de votre réponse")
    page.get_by_label("Commentaire").fill("2 Mbit/s, mesure jointe.")
    page.get_by_role("button", name="Fichier").set_input_files(MEASURE)
    page.get_by_role("button", name="Envoyer le suivi").click()
    expect(page.get_by_text("2 Mbit/s, mesure jointe.")).to_be_visible()
    expect(page.locator("dl").first).to_contain_text("En cours")


def resolve_and_approve(story: Story) -> None:
    """Resolve and approve with a comment (chapter 6)."""
    story.sam.reload()
    story.sam.get_by_label("Résoudre").check()
    part = story.sam.locator(".composer-resoudre")
    part.get_by_role("textbox").fill(SOLUTION)
    part.get_by_role("button").click()
    page = story.alice
    page.goto(link_in(story.mails.wait_for(ALICE, saying=SOLUTION), under=f"{story.served.address}/tickets/1"))
    page.get_by_text("Approuver la solution").click()
    page.get_by_label(re.compile("Commentaire")).first.fill("Merci, tout va bien.")
    page.get_by_role("button", name="Confirmer : approuver et clôturer").click()
    expect(page.locator("dl").first).to_contain_text("Clôturé le")
    expect(page.get_by_text("Merci, tout va bien.")).to_be_visible()
    story.mails.wait_for(SAM, saying="Merci, tout va bien.")


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_the_six_chapters_of_the_guide(browser: Browser, served: Served, mails: Mailbox) -> None:
    story = Story(browser, served, mails, new_page(browser), new_page(browser))
    sam_password = set_up(served)

    sign_in_first_time(story)
    confirm_profile(story)
    open_ticket(story)
    find_ticket(story)
    ask_customer(story, sam_password)
    answer_question(story)
    resolve_and_approve(story)

    tickets = json.loads(served.command("ticket", "list", "--json"))
    assert [(ticket["number"], ticket["state"]) for ticket in tickets] == [(1, "CLOTURE")]
    served.command("projections", "verify")
