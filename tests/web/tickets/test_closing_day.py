"""The announced day of closing, on pages and in the help."""

from collections.abc import Callable
from datetime import date

import pytest
from tests.cast import Cast
from tests.openings import resolved_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

CLOSES_ON = date(2026, 11, 12)
ANNOUNCED = "le 12/11/2026, sans réponse d’ici là"
PAGES = pytest.mark.parametrize(("name", "address"), [("alice", "/tickets/1"), ("sam", "/bureau/tickets/1")])


@pytest.fixture
def auto_close_days(request: pytest.FixtureRequest) -> int:
    return int(getattr(request, "param", 7))


@pytest.fixture
def settings(settings: Settings, auto_close_days: int) -> Settings:
    return settings.model_copy(update={"auto_close_days": auto_close_days})


@pytest.fixture
def reminded_ticket(portal: Portal, cast: Cast) -> int:
    number = resolved_incident(portal, cast)
    cast.clock.advance(days=6)
    portal.tickets.remind(cast.context("system"), number=number, closes_on=CLOSES_ON)
    return number


def announced_on(page: Page) -> str | None:
    """Return what the page says about the automatic closing."""
    terms, details = (map(text_of, page.tree.iter(tag)) for tag in ("dt", "dd"))
    return dict(zip(terms, details, strict=True)).get("Clôture automatique")


@PAGES
def test_the_day_stands_on_the_ticket(
    browser_of: Callable[[str], Browser], reminded_ticket: int, name: str, address: str
) -> None:
    assert announced_on(browser_of(name).get(address)) == ANNOUNCED


@PAGES
def test_the_day_is_the_same_in_another_time_zone(
    portal: Portal, cast: Cast, browser_of: Callable[[str], Browser], name: str, address: str
) -> None:
    number = resolved_incident(portal, cast)
    cast.clock.advance(days=6)
    portal.tickets.remind(cast.context("system"), number=number, closes_on=CLOSES_ON)
    portal.profiles.save_preferences(cast[name].id, preferences=Preferences(timezone="America/Martinique"))

    assert announced_on(browser_of(name).get(address)) == ANNOUNCED


@PAGES
def test_no_day_stands_there_once_somebody_has_written(
    portal: Portal, cast: Cast, browser_of: Callable[[str], Browser], name: str, address: str
) -> None:
    number = resolved_incident(portal, cast)
    cast.clock.advance(days=6)
    portal.tickets.remind(cast.context("system"), number=number, closes_on=CLOSES_ON)
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Je regarde demain.")

    assert announced_on(browser_of(name).get(address)) is None


@PAGES
@pytest.mark.parametrize("auto_close_days", [0], indirect=True)
def test_no_day_stands_there_once_closing_is_switched_off(
    browser_of: Callable[[str], Browser], reminded_ticket: int, name: str, address: str
) -> None:
    assert announced_on(browser_of(name).get(address)) is None


def test_the_help_promises_a_reminder_before_each_closing(anonymous: Browser, cast: Cast) -> None:
    words = anonymous.get("/aide").words

    assert "au plus tôt 7 jours" in words
