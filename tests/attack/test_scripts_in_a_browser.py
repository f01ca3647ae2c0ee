"""Stored scripts run in no browser, and no policy reports any."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from structlog.testing import capture_logs
from tests.attack.assault import Assault
from tests.attack.payloads import SCRIPTS
from tests.attack.world import World
from tests.browser import chromium
from tests.browser.served import serving_here
from tests.web.rights.personas import COOKIE, HOST

# A script that runs calls the hook; one that the policy stops is reported.
HOOK = """
window.__hits = []; window.__blocked = [];
window.__xss = (number) => window.__hits.push(number);
addEventListener("securitypolicyviolation", (event) => {
  window.__blocked.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
# What a reader does: point at everything, move the focus, open what is folded.
TOUCH = """() => {
  for (const element of document.querySelectorAll("body *")) {
    for (const name of ["mouseover", "mouseenter", "focus", "toggle", "error", "load", "pointerenter"])
      element.dispatchEvent(new Event(name));
    if (element.tagName === "DETAILS") element.open = true;
  }
  return [window.__hits, window.__blocked];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.launch() as browser:
        yield browser


def page_of(browser: Browser, world: World, who: str, address: str) -> Page:
    """Open a browser with the visitor's cookie."""
    cookie = world.renew(who).client.get_cookie(COOKIE, HOST)
    assert cookie is not None
    context = browser.new_context(locale="fr-FR", base_url=address)
    context.add_cookies([{"name": COOKIE, "value": cookie.value, "url": address}])
    context.add_init_script(HOOK)
    return context.new_page()


def problems_on(page: Page, path: str) -> list[Any]:
    """Touch everything on a page; return what ran or was blocked."""
    said: list[str] = []
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path, wait_until="load")
    hits, blocked = page.evaluate(TOUCH)
    return [*hits, *blocked, *said]


def visit_all(
    browser: Browser, world: World, address: str, visitors: tuple[str, ...], *, step: int
) -> tuple[int, list[str]]:
    visited, problems = 0, []
    for who in visitors:
        page = page_of(browser, world, who, address)
        pages = [path for row, path in world.addresses(who) if not is_download(row.route)][::step]
        for path in pages:
            problems += [f"{who} {path}: {problem}" for problem in problems_on(page, path)]
            visited += 1
        page.context.close()
    return visited, problems


def is_download(route: str) -> bool:
    return any(
        part in route for part in ("/export", "/pieces/", "/apercus/", "/static/", "/-/", "/nouveautes", "/textes/<")
    )


def test_a_stored_script_runs_in_no_browser(assailed: Assault, browser: Browser):
    with capture_logs(), serving_here(assailed.world.app) as address:
        visited, problems = visit_all(browser, assailed.world, address, ("support",), step=3)

    assert problems == []
    assert visited > 5


@pytest.mark.attack
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_forty_stored_scripts_run_in_no_browser(world: World, browser: Browser, figure):
    Assault(world, SCRIPTS).run()

    with serving_here(world.app) as address:
        visited, problems = visit_all(browser, world, address, tuple(sorted({*world.visitors})), step=1)

    figure("pages opened in Chromium", visited)
    figure("scripts that ran, and reports of the policy", len(problems))
    assert problems == []
