"""A ticket of many entries, of which each page shows a part."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.application import Portal
from izarlink_tickets.web.audit import version_query
from izarlink_tickets.web.desk import ticket_page_data
from izarlink_tickets.web.tickets import ticket_page

SHOWN = 4
# The first and last entries, and those that customers don't see.
LAST, NOTES = 13, {3, 6, 9, 12}
EVERYTHING = range(1, LAST + 1)
PUBLIC = [entry for entry in EVERYTHING if entry not in NOTES]
# Neither a page's neighbours nor a count may tell customers of a note.
PARTS_OF_ALICE = {
    "": PUBLIC[-4:],
    "avant=8": [2, 4, 5, 7],
    "avant=4": [1, 2],
    "avant=3": [1, 2],
    "entree=5": [1, 2, 4, 5],
    "entree=13": PUBLIC[-4:],
    "avant=1": [],
}
PARTS_OF_SAM = {
    "": [10, 11, 12, 13],
    "avant=8": [4, 5, 6, 7],
    "avant=5": [1, 2, 3, 4],
    "avant=2": [1],
    "entree=6": [3, 4, 5, 6],
}
INVALID = ("avant=x", "avant=0", "avant=-1", "avant=", f"avant={'9' * 30}", "entree=0", "avant=x&entree=y", "avant=999")


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show few entries a page."""
    for module in (ticket_page, ticket_page_data):
        monkeypatch.setattr(module, "ENTRIES_SHOWN", SHOWN)
    monkeypatch.setattr(version_query, "EVENTS_SHOWN", SHOWN)


@pytest.fixture
def long_ticket(portal: Portal, cast: Cast) -> int:
    """Create a ticket of thirteen entries, four of them internal notes."""
    number = open_incident(portal, cast)
    for entry in range(2, LAST + 1):
        if entry in NOTES:
            portal.tickets.add_internal_note(cast.context("sam"), number=number, text=f"Note {entry}")
        else:
            portal.tickets.add_follow_up(cast.context("alice"), number=number, text=f"Suivi {entry}")
    return number


def shown(page: Page) -> list[int]:
    return [int(article.get("id", "")[1:]) for article in page.tree.iter("article")]


def link(page: Page, label: str) -> str | None:
    """Return the query of the link with this label, if any."""
    hrefs = [element.get("href", "") for element in page.tree.iter("a") if text_of(element) == label]
    return urlsplit(hrefs[0]).query if hrefs else None


def walk(load: Callable[[str], Page], label: str) -> list[list[int]]:
    """Follow the links with this label; return what each page shows."""
    parts: list[list[int]] = []
    query = ""
    while query is not None and len(parts) < LAST:
        page = load(query)
        parts.append(shown(page))
        query = link(page, label)  # type: ignore[assignment] # None ends the loop
    return parts


@pytest.mark.parametrize("query", PARTS_OF_ALICE)
def test_a_customer_s_part_has_public_entries_only(alice: Browser, long_ticket: int, query: str):
    page = alice.get(f"/tickets/{long_ticket}?{query}")

    assert shown(page) == PARTS_OF_ALICE[query]
    assert "Note" not in page.words


@pytest.mark.parametrize("query", PARTS_OF_SAM)
def test_a_part_at_the_desk_has_notes_too(sam: Browser, long_ticket: int, query: str):
    assert shown(sam.get(f"/bureau/tickets/{long_ticket}?{query}")) == PARTS_OF_SAM[query]


@pytest.mark.parametrize("query", INVALID)
def test_an_invalid_key_shows_the_last_entries(alice: Browser, sam: Browser, long_ticket: int, query: str):
    assert shown(alice.get(f"/tickets/{long_ticket}?{query}")) == PARTS_OF_ALICE[""]
    assert shown(sam.get(f"/bureau/tickets/{long_ticket}?{query}")) == PARTS_OF_SAM[""]


def test_the_links_lead_through_the_whole_history(alice: Browser, sam: Browser, long_ticket: int):
    public = walk(lambda query: alice.get(f"/tickets/{long_ticket}?{query}"), "Entrées précédentes")
    everything = walk(lambda query: sam.get(f"/bureau/tickets/{long_ticket}?{query}"), "Entrées précédentes")

    assert public == [[8, 10, 11, 13], [2, 4, 5, 7], [1]]
    assert everything == [[10, 11, 12, 13], [6, 7, 8, 9], [2, 3, 4, 5], [1]]


def test_the_audit_shows_the_events_around_the_version(browser_of: Callable[[str], Browser], long_ticket: int):
    ada = browser_of("ada")
    path = f"/audit/tickets/{long_ticket}"

    parts = {
        query: shown(ada.get(f"{path}?{query}"))
        for query in ("", "version=1", "version=7", "version=7&avant=5", "version=7&apres=8", "entree=4", "avant=x")
    }

    assert parts == {
        "": [10, 11, 12, 13],
        "version=1": [1, 2, 3, 4],
        "version=7": [5, 6, 7, 8],
        "version=7&avant=5": [1, 2, 3, 4],
        "version=7&apres=8": [9, 10, 11, 12],
        "entree=4": [2, 3, 4, 5],
        "avant=x": [10, 11, 12, 13],
    }


def test_the_links_of_the_audit_lead_through_all_events(browser_of: Callable[[str], Browser], long_ticket: int):
    ada = browser_of("ada")

    earlier = walk(lambda query: ada.get(f"/audit/tickets/{long_ticket}?{query}"), "Événements précédents")
    later = walk(lambda query: ada.get(f"/audit/tickets/{long_ticket}?{query or 'version=1'}"), "Événements suivants")

    assert earlier == [[10, 11, 12, 13], [6, 7, 8, 9], [2, 3, 4, 5], [1, 2, 3, 4]]
    assert later == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13]]


def test_the_state_at_a_version_is_of_all_events_before_it(browser_of: Callable[[str], Browser], long_ticket: int):
    page = browser_of("ada").get(f"/audit/tickets/{long_ticket}?version=7&apres=8")

    assert "Le ticket à la version 7" in page.words
    assert "Version 7 sur 13" in page.words
