"""A customer's journey without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from tests.browser.chromium import NARROW, WIDE
from tests.browser.page_loads import arrive_at, see
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal

MEASURE: FilePayload = {"name": "mesure.log", "mimeType": "text/plain", "buffer": b"2 Mbit/s"}


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, clock: Clock) -> Iterator[str]:
    with serving_here(application(portal, clock)) as address:
        yield address


@pytest.fixture(params=[WIDE, NARROW], ids=["wide and light", "narrow and dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Page:
    return browser.new_context(locale="fr-FR", java_script_enabled=False, **request.param).new_page()


def a_ticket_is_opened(page: Page) -> None:
    """Open a ticket: fields follow the type, a mistake keeps the file."""
    expect(page.get_by_role("group", name="Urgence")).to_be_hidden()
    page.get_by_label("Incident", exact=True).check()
    page.get_by_label("Débit", exact=True).check()
    page.get_by_label("Titre").fill("Débit à 2 Mbit/s")
    page.get_by_label("Fichier (facultatif)").set_input_files(MEASURE)
    page.get_by_role("button", name="Envoyer").click()
    see(page.get_by_role("alert"), "Décrivez votre demande.")
    expect(page.get_by_text("Fichiers déjà reçus")).to_be_visible()
    page.get_by_label("Description").fill("Depuis ce matin.")
    page.get_by_role("button", name="Envoyer").click()
    expect(page.locator("#e1")).to_contain_text("mesure.log")


def each_ticket_of_the_list_is_a_row_or_a_card(page: Page) -> None:
    """Check the layout: seven cells in a row, or three lines."""
    page.get_by_role("link", name="Tickets", exact=True).click()
    arrive_at(page, "Tickets")
    cells = page.locator("tbody tr").first.locator("td")
    boxes = [box for cell in cells.all() if (box := cell.bounding_box())]
    lines = {1280: 1, 320: 3}
    assert page.viewport_size
    assert len({box["y"] for box in boxes}) == lines[page.viewport_size["width"]]
    page.get_by_role("link", name="Débit à 2 Mbit/s").click()


def a_solution_is_refused_then_approved(page: Page, portal: Portal, cast: Cast) -> None:
    portal.tickets.resolve(cast.context("sam"), number=1, solution="L’optique a été remplacée.")
    page.reload()
    page.get_by_text("Le problème persiste", exact=True).click()
    page.get_by_label("Quel problème persiste").fill("Toujours 2 Mbit/s.")
    page.get_by_role("button", name=re.compile("Confirmer.*refuser")).click()
    expect(page.locator("dl").first).to_contain_text("En cours")
    portal.tickets.resolve(cast.context("sam"), number=1, solution="Le port a été changé.")
    page.reload()
    page.get_by_text("Approuver la solution", exact=True).click()
    page.get_by_role("button", name=re.compile("Confirmer.*approuver")).click()
    expect(page.locator("dl").first).to_contain_text("Clôturé le")


def test_a_customers_journey_without_javascript(page: Page, address: str, portal: Portal, cast: Cast) -> None:
    page.goto(address)
    page.get_by_label("Identifiant").fill(cast["alice"].email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()

    a_ticket_is_opened(page)
    each_ticket_of_the_list_is_a_row_or_a_card(page)
    a_solution_is_refused_then_approved(page, portal, cast)
