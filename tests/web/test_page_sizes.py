"""Sizes of pages: below 300 kB, whatever a ticket holds.

Links lead to every word of it.
"""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from tests.cast import ETXEA, Cast, Clock, bring_in
from tests.openings import open_incident
from tests.web.applications import application
from tests.web.browsing import Browser, signed_in

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.text import TEXT_MAXIMUM, TITLE_MAXIMUM
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.web.timeline import MAX_SHOWN

LARGEST_PAGE = 300_000
PORTAL = "http://127.0.0.1:8000"
LONG_TEXTS, SHORT_TEXTS, WATCHERS = 12, 105, 5
# What takes most room in HTML: quotes are escaped, links hold their address twice, captures and letters take bytes.
FILLINGS = ("\"'<&>", "http://a&b ", "a  b\nc  d\n\n", "é€😀", "mot ")
TITLE = '"' * TITLE_MAXIMUM
# Pages of a ticket: what its pages link to within these, and no file.
WALKED = re.compile(r"/(tickets|bureau/tickets|audit/tickets)/1(/entrees/\d+|/evenements/\d+)?")
# The same entries again: as of a version, around an entry, since the last visit.
OTHER_VIEWS = re.compile(r"version=\d+$|entree=|depuis=")

PUBLIC = [f"texte-{nth}" for nth in range(0, LONG_TEXTS + 1, 2)] + [f"court-{nth}" for nth in range(SHORT_TEXTS)]
NOTES = [f"texte-{nth}" for nth in range(1, LONG_TEXTS, 2)]
READERS = (
    ("alice", "/tickets/1", PUBLIC),
    ("sam", "/bureau/tickets/1", PUBLIC + NOTES),
    ("ada", "/audit/tickets/1", PUBLIC + NOTES),
)

pytestmark = pytest.mark.sqlite_only("sizes of pages")


def monstrous_text(nth: int) -> str:
    """Return a text of maximal length that ends with a mark."""
    end = f" fin-du-texte-{nth}."
    filling = FILLINGS[nth % len(FILLINGS)]
    return (filling * TEXT_MAXIMUM)[: TEXT_MAXIMUM - len(end)].strip() + end


@pytest.fixture
def monster(portal: Portal, cast: Cast) -> Portal:
    """Create a ticket with long texts, many entries, files, notes and watchers."""
    tickets, now = portal.tickets, cast.clock()
    files = [Upload(f"{'€' * 140}{nth}.txt", b"x") for nth in range(5)]
    number = open_incident(portal, cast, title=TITLE, description=monstrous_text(0), uploads=files)
    tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    for nth in range(WATCHERS):
        name = f"{nth}{'<' * 98}"
        watcher = bring_in(portal, NewAccount(f"w{nth}@etxea.example", name, Role.CUSTOMER, ETXEA), now)
        tickets.add_watcher(cast.context("sam"), number=number, account_id=watcher.id)
    for nth in range(1, LONG_TEXTS):
        # Half of them are notes, which customers don't see.
        if nth % 2:
            tickets.add_internal_note(cast.context("sam"), number=number, text=monstrous_text(nth))
        else:
            tickets.add_follow_up(cast.context("alice"), number=number, text=monstrous_text(nth), uploads=files)
    for nth in range(SHORT_TEXTS):
        tickets.add_follow_up(cast.context("alice"), number=number, text=f"fin-du-court-{nth}.")
    tickets.resolve(cast.context("sam"), number=number, solution=monstrous_text(LONG_TEXTS))
    return portal


def pages_from(browser: Browser, path: str) -> dict[str, str]:
    """Load a page of the ticket, and those that it links to."""
    pages: dict[str, str] = {}
    waiting = [path]
    while waiting:
        address = waiting.pop()
        if address not in pages:
            # The pages weigh, and are looked at for their words alone.
            pages[address] = html = browser.client.get(address, base_url=PORTAL).text
            waiting += [link for link in links_of(address, html) if link not in pages]
    return pages


def links_of(address: str, html: str) -> Iterator[str]:
    """Yield the pages about the ticket that a page links to."""
    for link in re.findall(r'href="([^"#]+)', html):
        url = urlsplit(urljoin(address, link.replace("&amp;", "&")))
        if not url.netloc and WALKED.fullmatch(url.path) and not OTHER_VIEWS.match(url.query):
            yield f"{url.path}?{url.query}" if url.query else url.path


def test_a_monstrous_ticket_has_small_pages_with_every_word(monster: Portal, cast: Cast, clock: Clock) -> None:
    app, sizes, missing = application(monster, clock), dict[str, int](), list[str]()

    for name, path, texts in READERS:
        pages = pages_from(signed_in(app, cast, name), path)
        sizes |= {f"{name} {address}": len(html.encode()) for address, html in pages.items()}
        words = "".join(pages.values())
        missing += [f"{name}: {text}" for text in texts if f"fin-du-{text}." not in words]
        hidden = set(NOTES) - set(texts)
        missing += [f"{name} sees {note}" for note in hidden if f"fin-du-{note}." in words]

    assert len(sizes) > 3 * len(READERS)
    assert {address: size for address, size in sizes.items() if size >= LARGEST_PAGE} == {}
    assert missing == []


@pytest.mark.parametrize(
    ("name", "path"), [("alice", "/tickets"), ("sam", "/bureau"), ("ada", "/audit"), ("sam", "/bureau/textes")]
)
def test_lists_of_the_longest_titles_are_small(portal: Portal, cast: Cast, clock: Clock, name: str, path: str) -> None:
    for _ in range(51):
        open_incident(portal, cast, title=TITLE)
    browser = signed_in(application(portal, clock), cast, name)

    page = browser.get(f"{path}?q=1" if path == "/audit" else path)

    assert len(page.html.encode()) < LARGEST_PAGE


def test_a_text_is_folded_only_where_much_is_hidden(portal: Portal, cast: Cast, clock: Clock) -> None:
    number = open_incident(portal, cast, description="a" * MAX_SHOWN)
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="mot " * MAX_SHOWN)
    alice: Browser = signed_in(application(portal, clock), cast, "alice")

    page = alice.get("/tickets/1")

    assert page.html.count("Lire la suite") == 1
    whole = alice.get("/tickets/1/entrees/2")
    assert "mot " * (MAX_SHOWN - 1) in whole.html
    assert 'href="/tickets/1?entree=2#e2"' in whole.html


def test_a_long_solution_is_revised_as_a_whole(portal: Portal, cast: Cast, clock: Clock) -> None:
    number = open_incident(portal, cast)
    portal.tickets.resolve(cast.context("sam"), number=number, solution="mot " * MAX_SHOWN)
    sam = signed_in(application(portal, clock), cast, "sam")

    page = sam.get("/bureau/tickets/1")

    assert "mot " * (MAX_SHOWN - 1) in "".join(page.field("solution").itertext())


def test_a_note_has_no_page_for_customers(portal: Portal, cast: Cast, clock: Clock) -> None:
    number = open_incident(portal, cast)
    note = portal.tickets.add_internal_note(cast.context("sam"), number=number, text="Optique à changer.").entry
    app = application(portal, clock)

    pages = [signed_in(app, cast, name).get(f"/tickets/{number}/entrees/{note}") for name in ("alice", "sam", "ada")]

    assert [page.status for page in pages] == [404, 200, 200]
