"""A customer’s decision and follow-up: in sight, folded, confirmed, heard."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident, resolved_incident
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal
from izarlink_tickets.mailer.branding import Branding

SCREENS: dict[str, ViewportSize] = {"laptop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
SHORT, LONG = "L’optique a été remplacée.", "Voici le détail de notre intervention. " * 200
MEASURE: FilePayload = {"name": "mesure.txt", "mimeType": "text/plain", "buffer": b"2 Mbit/s"}
DECISIONS = ("Approuver la solution", "Le problème persiste")

Visit = Callable[[str], Page]


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, clock: Clock) -> Iterator[str]:
    with serving_here(application(portal, clock)) as address:
        yield address


@pytest.fixture(params=SCREENS)
def page(browser: Browser, request: pytest.FixtureRequest) -> Page:
    return browser.new_context(locale="fr-FR", viewport=SCREENS[request.param]).new_page()


@pytest.fixture
def visit(page: Page, address: str) -> Visit:
    """Return a function that opens a path, signed in as alice."""

    def opened(path: str) -> Page:
        page.goto(f"{address}/connexion")
        sign_in(page)
        page.goto(f"{address}{path}")
        page.wait_for_load_state()
        return page

    return opened


def sign_in(page: Page) -> None:
    page.get_by_label("Identifiant").fill("alice@etxea.example")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url(lambda url: "/connexion" not in url)
    page.wait_for_load_state()


def expect_decisions_in_sight(page: Page) -> None:
    for name in DECISIONS:
        expect(page.locator("summary", has_text=name)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Envoyer le suivi")).to_be_hidden()


@pytest.mark.parametrize("solution", [SHORT, LONG], ids=["short", "long"])
def test_the_mail_of_a_solution_leads_to_the_decision(
    page: Page, address: str, portal: Portal, cast: Cast, solution: str
):
    number = resolved_incident(portal, cast, solution=solution)
    link = Branding(address, "support@izarlink.example").entry_url(number=number, entry=2)

    page.goto(link)
    sign_in(page)
    expect_decisions_in_sight(page)
    page.goto("about:blank")
    page.goto(link)
    expect_decisions_in_sight(page)
    page.goto(f"{address}/tickets/{number}")

    expect_decisions_in_sight(page)


@pytest.mark.parametrize("files", [[], [MEASURE]], ids=["without files", "with a file"])
def test_a_follow_up_is_confirmed_where_one_looks(visit: Visit, portal: Portal, cast: Cast, files: list[FilePayload]):
    number = open_incident(portal, cast, description="Depuis ce matin. " * 300)
    page = visit(f"/tickets/{number}")
    page.get_by_label("Commentaire").fill("Toujours lent.")
    page.locator("[type=file]").set_input_files(files)

    page.get_by_role("button", name="Envoyer le suivi").click()

    confirmation = page.get_by_role("status").filter(has_text="Votre suivi est enregistré.")
    expect(confirmation).to_be_in_viewport(ratio=1)
    expect(page.locator("#e2")).to_be_focused()
    expect(page.locator("#e2")).to_contain_text("Toujours lent.")


def test_a_decision_is_confirmed_where_one_looks(visit: Visit, portal: Portal, cast: Cast):
    page = visit(f"/tickets/{resolved_incident(portal, cast)}")
    page.locator("summary", has_text="Approuver la solution").click()

    page.get_by_role("button", name="Confirmer : approuver et clôturer").click()

    confirmation = page.get_by_role("status").get_by_text("la solution est approuvée")
    expect(confirmation).to_be_in_viewport(ratio=1)
    expect(confirmation).to_be_focused()
