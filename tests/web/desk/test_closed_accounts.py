"""Tickets of people whose account is closed, at the desk."""

from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.web.browsing import Browser, text_of

from izarlink_tickets.application import Portal


@pytest.fixture
def nora(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("nora")


def close_account(portal: Portal, cast: Cast, name: str) -> None:
    portal.accounts.deactivate(cast.context("system"), email=cast[name].email)


def test_a_closed_technician_is_marked_and_stays_a_filter(
    nora: Browser, taken_ticket: int, portal: Portal, cast: Cast
) -> None:
    close_account(portal, cast, "sam")

    page = nora.get(f"/bureau?vue=tous&affecte={cast['sam'].id}")

    chosen = [text_of(option) for option in page.tree.iterfind(".//select[@id='affecte']/option[@selected]")]
    assert chosen == ["Sam Iriart (compte désactivé)"]
    assert "Sam Iriart (compte désactivé)" in text_of(page.tree.find(".//tbody/tr"))


def test_a_closed_technician_without_tickets_is_no_filter(nora: Browser, portal: Portal, cast: Cast) -> None:
    close_account(portal, cast, "sam")

    assert "compte désactivé" not in nora.get("/bureau?vue=tous").words


def test_the_desk_says_that_the_requester_will_not_read_it(
    nora: Browser, taken_ticket: int, portal: Portal, cast: Cast
) -> None:
    close_account(portal, cast, "alice")

    page = nora.get(f"/bureau/tickets/{taken_ticket}")

    assert "Le compte du demandeur, Alice Etcheverry, est désactivé" in page.words
    assert page.tree.find(".//a[@href='#demandeur-form']") is not None
    assert "Alice Etcheverry (compte désactivé)" in page.words


def test_an_open_account_is_not_marked(nora: Browser, taken_ticket: int) -> None:
    page = nora.get(f"/bureau/tickets/{taken_ticket}")

    assert "désactivé" not in page.words
