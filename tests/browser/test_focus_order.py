"""What has the focus or changes a ticket is in sight, and the focus goes as the eye does: row by row."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.browser.arriving import arrive_at
from tests.browser.served import serving_here
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal

TABS_AT_MOST = 60
# Within it, two things stand in one row.
ROW_PIXELS = 16
# What changes a ticket at the desk, beside writing.
CHANGES = ["Affecter", "Requalifier", "Ajouter un observateur", "Changer le demandeur"]
# Of summaries: those that are whole within the window and within what scrolls by itself.
IN_SIGHT = """summaries => {
  const edge = summaries[0].closest("aside").getBoundingClientRect().bottom;
  const isSeen = one => one.getBoundingClientRect().bottom <= Math.min(edge, innerHeight);
  return summaries.filter(isSeen).map(one => one.innerText);
}"""
FOCUSED = """() => {
  const one = document.activeElement;
  const box = one.getBoundingClientRect();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const seen = document.elementFromPoint(x, y);
  const isOver = one === document.body;
  return { name: one.innerText || one.name, x, y: y + scrollY, isSeen: one.contains(seen), isOver };
}"""


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def address(portal: Portal, clock: Clock, cast: Cast) -> Iterator[str]:
    open_incident(portal, cast)
    with serving_here(application(portal, clock)) as address:
        yield address


def come_in(page: Page, email: str, path: str) -> None:
    page.goto(path)
    page.get_by_label("Identifiant").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def stops(page: Page) -> list[dict[str, float]]:
    """Press Tab from the top of the page to its end, and say where the focus was."""
    found: list[dict[str, float]] = []
    for _ in range(TABS_AT_MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["isOver"]:
            break
        found.append(stop)
    return found


def is_behind(one: dict[str, float], next_one: dict[str, float]) -> bool:
    down = next_one["y"] - one["y"]
    return down < -ROW_PIXELS or (down < ROW_PIXELS and next_one["x"] < one["x"])


@pytest.mark.parametrize("name", ["alice", "sam"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_focus_goes_through_a_list_as_the_eye_does(
    browser: Browser, address: str, cast: Cast, name: str, width: int
) -> None:
    page = browser.new_page(locale="fr-FR", viewport=ViewportSize(width=width, height=900), base_url=address)
    come_in(page, cast[name].email, "/tickets")
    expect(page.get_by_role("link", name="Débit à 2 Mbit/s")).to_be_visible()
    page.wait_for_load_state()

    found = stops(page)

    assert [one["name"] for one in found if not one["isSeen"]] == []
    assert [(one["name"], two["name"]) for one, two in pairwise(found) if is_behind(one, two)] == []


def test_all_that_changes_a_ticket_is_in_sight_on_a_laptop(
    browser: Browser, address: str, portal: Portal, cast: Cast
) -> None:
    portal.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["bob"].id)
    portal.tickets.add_watcher(cast.context("sam"), number=1, account_id=cast["carol"].id)
    page = browser.new_page(locale="fr-FR", viewport=ViewportSize(width=1280, height=720), base_url=address)
    come_in(page, cast["sam"].email, "/bureau/tickets/1")
    arrive_at(page, "n° 1")

    seen = page.locator("aside summary").evaluate_all(IN_SIGHT)
    page.locator("summary", has_text="Requalifier").press("Enter")
    expect(page.get_by_role("button", name="Requalifier")).to_be_in_viewport(ratio=1)

    assert seen == CHANGES
