"""Drafts of a device whose clock was ahead."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.browser.served import serving_here
from tests.browser.test_decisions import sign_in
from tests.cast import Cast, Clock
from tests.stage import Stage
from tests.web.applications import application

from izarlink_tickets.application import Portal

KEPT_AT = "() => Math.max(...Object.values(localStorage).map((kept) => JSON.parse(kept).at))"
DATE_AHEAD = """() => Object.keys(localStorage).forEach((key) => {
    localStorage.setItem(key, JSON.stringify({ ...JSON.parse(localStorage.getItem(key)), at: 2147483647000 }));
})"""


@pytest.fixture
def stage(sqlite_stage: Stage) -> Stage:
    return sqlite_stage


@pytest.fixture
def page(browser: Browser, portal: Portal, cast: Cast, clock: Clock) -> Iterator[Page]:
    """Return the form of a new ticket, with a draft."""
    with serving_here(application(portal, clock)) as address:
        page = browser.new_context(locale="fr-FR").new_page()
        page.goto(f"{address}/connexion")
        sign_in(page)
        page.goto(f"{address}/tickets/nouveau")
        page.get_by_label("Titre").fill("Débit à 2 Mbit/s")
        page.wait_for_function("localStorage.length === 1")
        yield page


def test_the_week_of_a_draft_that_is_dated_ahead_begins_now(page: Page) -> None:
    page.evaluate(DATE_AHEAD)

    page.reload()
    page.wait_for_load_state()

    assert page.evaluate(KEPT_AT) <= time.time() * 1000 + 1000
    assert page.get_by_label("Titre").input_value() == "Débit à 2 Mbit/s"
