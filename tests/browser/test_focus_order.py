"""Order and visibility of the focus, and of the ticket's actions."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.browser.page_loads import arrive_at
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal

TABS_AT_MOST = 60
# Elements this close are in one row.
ROW_PIXELS = 16
# Actions of a ticket at the desk, beside messages.
ACTIONS = ["Affecter", "Requalifier", "Ajouter un observateur", "Changer le demandeur"]
# The summaries that are completely visible in the window and its scrolled column.
VISIBLE = """summaries => {
  const edge = summaries[0].closest("aside").getBoundingClientRect().bottom;
  const isVisible = summary => summary.getBoundingClientRect().bottom <= Math.min(edge, innerHeight);
  return summaries.filter(isVisible).map(summary => summary.innerText);
}"""
# The unseen input of files has the outline at its label. Places are those on the whole page, and in the whole line of
# states, which scroll to what has the focus.
FOCUSED = """() => {
  const active = document.activeElement;
  const element = active.matches(".unseen") ? active.nextElementSibling : active;
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const top = document.elementFromPoint(x, y);
  const isEnd = element === document.body;
  const scrolled = element.closest(".list-tabs")?.scrollLeft ?? 0;
  const place = { x: x + scrolled, y: y + scrollY };
  return { name: element.innerText || element.name, ...place, isVisible: element.contains(top), isEnd };
}"""


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, clock: Clock, cast: Cast) -> Iterator[str]:
    open_incident(portal, cast)
    with serving_here(application(portal, clock)) as address:
        yield address


def sign_in(page: Page, email: str, path: str) -> None:
    page.goto(path)
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def focus_stops(page: Page) -> list[dict[str, Any]]:
    """Press Tab through the page; return each element with the focus."""
    focused: list[dict[str, Any]] = []
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["isEnd"]:
            break
        focused.append(stop)
    return focused


def goes_back(stop: dict[str, Any], next_stop: dict[str, Any]) -> bool:
    down = next_stop["y"] - stop["y"]
    return bool(down < -ROW_PIXELS or (down < ROW_PIXELS and next_stop["x"] < stop["x"]))


@pytest.mark.parametrize("name", ["alice", "sam"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_focus_follows_the_rows_of_a_list(
    browser: Browser, address: str, cast: Cast, name: str, width: int
) -> None:
    page = browser.new_page(locale="fr-FR", viewport=ViewportSize(width=width, height=900), base_url=address)
    sign_in(page, cast[name].email, "/tickets")
    expect(page.get_by_role("link", name="Débit à 2 Mbit/s")).to_be_visible()
    page.wait_for_load_state()

    focused = focus_stops(page)

    skip_link, *in_rows = focused
    assert skip_link["name"] == "Aller au contenu"
    assert [stop["name"] for stop in focused if not stop["isVisible"]] == []
    # The skip link lies over the brand while it has the focus.
    assert [(a["name"], b["name"]) for a, b in pairwise(in_rows) if goes_back(a, b)] == []


@pytest.mark.parametrize(("path", "width"), [("/tickets/nouveau", 390), ("/tickets/1", 390), ("/tickets/1", 1280)])
def test_the_focus_follows_a_form_and_a_ticket(
    browser: Browser, address: str, cast: Cast, path: str, width: int
) -> None:
    page = browser.new_page(locale="fr-FR", viewport=ViewportSize(width=width, height=844), base_url=address)
    sign_in(page, cast["alice"].email, path)
    expect(page.get_by_role("button", name=re.compile("^Envoyer"))).to_be_visible()
    page.wait_for_load_state()

    focused = focus_stops(page)

    assert [stop["name"] for stop in focused if not stop["isVisible"]] == []
    assert [(a["name"], b["name"]) for a, b in pairwise(focused) if goes_back(a, b)] == []


def test_all_actions_of_a_ticket_are_visible_on_a_laptop(
    browser: Browser, address: str, portal: Portal, cast: Cast
) -> None:
    portal.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["bob"].id)
    portal.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    page = browser.new_page(locale="fr-FR", viewport=ViewportSize(width=1280, height=720), base_url=address)
    sign_in(page, cast["sam"].email, "/bureau/tickets/1")
    arrive_at(page, "n° 1")

    visible = page.locator("aside summary").evaluate_all(VISIBLE)
    page.locator("summary", has_text="Requalifier").press("Enter")
    expect(page.get_by_role("button", name="Requalifier")).to_be_in_viewport(ratio=1)

    assert visible == ACTIONS
