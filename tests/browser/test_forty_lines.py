"""Forty services: typed choices, and news of an open ticket."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.served import serving_here
from tests.cast import ETXEA, PASSWORD, Cast, Clock, new_service
from tests.openings import open_incident
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal

FORTY = 40
# A little longer than an open ticket waits before it asks.
A_WHILE = 31_000

Visit = Callable[[str], Page]


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, cast: Cast, clock: Clock) -> Iterator[str]:
    for place in range(FORTY):
        label, site = f"Agence {place}", f"Ville{place}"
        new_service(portal, clock(), reference=f"FTTH-{100 + place}", organisation_name=ETXEA, label=label, site=site)
    open_incident(portal, cast)
    with serving_here(application(portal, clock)) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, address: str) -> Visit:
    """Return a function that opens a path, signed in as alice."""

    def opened(path: str) -> Page:
        page = browser.new_context(locale="fr-FR").new_page()
        page.clock.install()
        page.goto(f"{address}/connexion")
        page.get_by_label("Identifiant").fill("alice@etxea.example")
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(lambda url: "/connexion?" not in url and not url.endswith("/connexion"))
        page.goto(f"{address}{path}")
        return page

    return opened


def answer(portal: Portal, cast: Cast, words: str) -> None:
    portal.tickets.add_follow_up(cast.context("sam"), number=1, text=words)


def test_an_open_ticket_shows_news_below_what_is_typed(visit: Visit, portal: Portal, cast: Cast):
    page = visit("/tickets/1")
    text = page.locator("form[action='/tickets/1/suivi'] textarea")
    text.fill("Toujours lent, et")
    answer(portal, cast, "L’optique est changée.")

    page.clock.fast_forward(A_WHILE)
    line = page.locator("[data-live]")
    expect(line).to_have_text("1 nouveau message — Afficher")
    expect(line).to_have_attribute("aria-live", "polite")
    line.get_by_role("link").click()

    entry = page.get_by_role("article").filter(has_text="L’optique est changée.")
    expect(entry).to_be_focused()
    expect(text).to_have_value("Toujours lent, et")
    expect(line.locator("p")).to_be_hidden()
    assert page.locator("form[action='/tickets/1/suivi'] [name=seen]").input_value() == "2"


def test_with_nothing_typed_the_news_are_a_link(visit: Visit, portal: Portal, cast: Cast):
    page = visit("/tickets/1")
    answer(portal, cast, "L’optique est changée.")

    page.clock.fast_forward(A_WHILE)
    page.locator("[data-live]").get_by_role("link").click()

    page.wait_for_url("**/tickets/1?entree=2#e2")
    expect(page.get_by_role("article").filter(has_text="L’optique est changée.")).to_be_focused()


def test_a_service_is_found_by_a_part_of_its_site(visit: Visit):
    page = visit("/tickets/nouveau")

    field = page.get_by_label("Service IzarLink concerné")
    field.fill("ville7")
    page.get_by_label("Incident", exact=True).check()
    page.get_by_label("Coupure totale").check()
    page.get_by_label("Titre").fill("Plus rien")
    page.get_by_label("Description").fill("Depuis ce matin.")
    page.get_by_role("button", name="Envoyer").click()

    expect(page.get_by_text("FTTH-107 – Agence 7 – Ville7")).to_be_visible()
