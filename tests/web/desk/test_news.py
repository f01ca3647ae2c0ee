"""Changes announced on an open queue."""

from collections.abc import Callable

import pytest
from tests.cast import Cast, Clock
from tests.openings import open_incident, open_request
from tests.web.browsing import Browser, Page

from izarlink_tickets.application import Portal
from izarlink_tickets.web.desk.views import VIEWS


def news_of(page: Page) -> str:
    """Return the URL that the page polls."""
    (here,) = [part for part in page.tree.iter("div") if part.get("data-queue")]
    return here.get("data-queue", "")


def poll(browser: Browser, page: Page) -> tuple[str, list[str]]:
    answer = browser.get(news_of(page)).response.json
    assert answer is not None
    return answer["news"], [answer["counts"][f"/bureau?vue={view}"] for view in VIEWS]


def test_changes_in_the_view_and_counts_of_all_views_are_sent(sam: Browser, portal: Portal, cast: Cast):
    known, other = open_request(portal, cast), open_request(portal, cast)
    page = sam.get("/bureau?type=DEMANDE")
    quiet = poll(sam, page)
    portal.tickets.add_follow_up(cast.context("alice"), number=known, text="Et ceci.")
    portal.tickets.add_follow_up(cast.context("alice"), number=known, text="Et cela.")
    portal.tickets.resolve(cast.context("nora"), number=other, solution="Voilà.")
    open_incident(portal, cast)

    noisy, all_of_them = poll(sam, page), poll(sam, sam.get("/bureau"))

    assert quiet == ("", ["2", "0", "0", "0", "0", "0", "2"])
    assert noisy == ("1\xa0nouveau", ["2", "1", "0", "0", "1", "0", "3"])
    assert all_of_them == ("", noisy[1])


def test_without_changes_the_answer_is_empty(sam: Browser, portal: Portal, cast: Cast):
    number = open_request(portal, cast)
    page = sam.get("/bureau")
    tag = sam.get(news_of(page)).response.headers["ETag"]

    again = sam.get(news_of(page), headers={"If-None-Match": tag})
    portal.tickets.add_internal_note(cast.context("nora"), number=number, text="Vu.")
    later = sam.get(news_of(page), headers={"If-None-Match": tag})

    assert (again.status, again.response.data, again.response.headers["ETag"]) == (304, b"", tag)
    assert (later.status, later.response.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize("seen", ["", "nimporte", "-1", "9" * 18])
def test_an_invalid_position_is_answered(sam: Browser, portal: Portal, cast: Cast, seen: str):
    open_request(portal, cast)

    assert sam.get(f"/bureau/nouveautes?vue=nimporte&depuis={seen}").status == 200


def test_a_queue_left_open_does_not_keep_the_session_alive(browser_of: Callable[[str], Browser], clock: Clock):
    sam = browser_of("sam")
    address = news_of(sam.get("/bureau"))

    statuses = [clock.advance(minutes=9) and sam.get(address).status for _ in range(4)]

    assert statuses == [200, 200, 200, 302]
