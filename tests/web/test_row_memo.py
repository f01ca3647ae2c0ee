"""The HTML of rows kept in memory: its dependencies and limits."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update
from tests.cast import Cast, Clock
from tests.openings import open_incident
from tests.web.browsing import Browser, signed_in

from izarlink_tickets.accounts import accounts
from izarlink_tickets.application import Portal
from izarlink_tickets.sealing import destroy_keys
from izarlink_tickets.web.row_memo import MemoFigures, RowMemo, row_memo

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HOMES = {"alice": "/tickets", "bob": "/tickets", "sam": "/bureau"}


class Rows:
    """Rows of a page, and how many of them were rendered."""

    def __init__(self, memo: RowMemo) -> None:
        self.memo = memo
        self.rendered: list[object] = []

    def show(self, *keys: object, erasures: int = 0, at: datetime = NOW) -> list[str]:
        def render(index: int) -> str:
            self.rendered.append(keys[index])
            return f"<td>{keys[index]} 100 %, hier</td>"

        return self.memo.pieces(keys, render, erasures=erasures, at=at)


def test_a_row_is_rendered_once():
    rows = Rows(RowMemo())

    pages = [rows.show("a", "b") for _ in range(2)]

    assert rows.rendered == ["a", "b"]
    assert pages[1] == ["<td>a 100 %, hier</td>", "<td>b 100 %, hier</td>"]


def test_rows_are_counted():
    rows = Rows(RowMemo())

    rows.show("a", "b")
    rows.show("b", "c")

    assert rows.memo.figures == MemoFigures(rows=3, hits=1, misses=3)


def test_an_erasure_leaves_no_row():
    rows = Rows(RowMemo())
    rows.show("a", "b", "c")

    rows.show("a", erasures=1)

    assert rows.rendered == ["a", "b", "c", "a"]
    assert rows.memo.figures.rows == 1


def test_a_page_begun_before_an_erasure_leaves_nothing():
    rows = Rows(RowMemo())
    rows.show("new", erasures=1)

    rows.show("old", erasures=0)

    assert rows.memo.figures.rows == 1
    assert rows.show("new", erasures=1)
    assert rows.rendered == ["new", "old"]


def test_no_more_rows_are_kept_than_the_maximum():
    rows = Rows(RowMemo(max_rows=100))

    sizes = [(rows.show(*range(first, first + 10)), rows.memo.figures.rows)[1] for first in range(0, 500, 10)]

    assert max(sizes) == 100


def test_no_more_characters_are_kept_than_the_maximum():
    memo = RowMemo(max_characters=1_000)
    for nth in range(20):
        memo.pieces([nth], lambda _index: "x" * 100, erasures=0, at=NOW)

    assert memo.figures.rows <= 10


def test_one_page_of_many_rows_keeps_no_more_than_half_of_the_maximum():
    memo = RowMemo(max_rows=100)

    memo.pieces(range(500), str, erasures=0, at=NOW)

    assert memo.figures.rows == 50


def test_rows_that_are_shown_again_are_kept():
    rows = Rows(RowMemo(max_rows=100))

    pages = [rows.show("always", *range(first, first + 10)) for first in range(0, 500, 10)]

    assert len(pages) == 50
    assert rows.rendered.count("always") == 1


@pytest.mark.parametrize("shift", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_row_that_nobody_sees_is_forgotten_after_an_hour(shift: timedelta):
    memo = RowMemo(max_age=timedelta(hours=1))
    Rows(memo).show("a")

    memo.forget(at=NOW + shift / 2)
    memo.forget(at=NOW + shift)

    assert memo.figures.rows == 0


# --- on the portal's pages --------------------------------------------------------------------------------------------


@pytest.fixture
def rows_of(own_app: Flask, portal: Portal, cast: Cast) -> Callable[[str], str]:
    """Return the rows of a person's list or queue, with one ticket."""
    open_incident(portal, cast, title="100 % de pertes <la nuit>")

    def load(name: str) -> str:
        page = signed_in(own_app, cast, name).get(HOMES.get(name, "/bureau"))
        return page.html.partition("<tbody>")[2].partition("</tbody>")[0]

    return load


def figures(app: Flask) -> MemoFigures:
    with app.app_context():
        return row_memo().figures


@pytest.fixture
def prefer(portal: Portal, cast: Cast) -> Callable[..., None]:
    """Store preferences of a person."""

    def store(name: str, **values: str) -> None:
        with portal.database.command() as connection:
            connection.execute(update(accounts).where(accounts.c.id == cast[name].id).values(values))

    return store


@pytest.mark.parametrize("name", HOMES)
def test_a_page_shown_again_renders_no_row(own_app: Flask, rows_of: Callable[[str], str], name: str):
    pages = [rows_of(name) for _ in range(3)]

    assert pages[0] == pages[1] == pages[2]
    assert "100 % de pertes &lt;la nuit&gt;" in pages[0]
    assert figures(own_app) == MemoFigures(rows=1, hits=2, misses=1)


@pytest.mark.parametrize("name", HOMES)
def test_the_time_goes_on_in_a_row_from_memory(own_app: Flask, rows_of: Callable[[str], str], clock: Clock, name: str):
    rows_of(name)

    clock.advance(minutes=12)

    assert "il y a 12 minutes" in rows_of(name)
    assert figures(own_app) == MemoFigures(rows=1, hits=1, misses=1)


@pytest.mark.parametrize("name", HOMES)
@pytest.mark.parametrize("changed", [{"locale": "en"}, {"timezone": "Pacific/Noumea"}], ids=str)
def test_each_language_and_zone_has_its_own_rows(
    own_app: Flask,
    prefer: Callable[..., None],
    rows_of: Callable[[str], str],
    name: str,
    changed: dict[str, str],
):
    rows_of(name)

    prefer(name, **changed)
    rows_of(name)

    assert figures(own_app) == MemoFigures(rows=2, hits=0, misses=2)


def test_a_row_is_in_the_viewers_language_and_zone(
    prefer: Callable[..., None], rows_of: Callable[[str], str], clock: Clock
):
    # Opened on the second of November at 8:00 UTC.
    in_french = rows_of("alice")
    clock.advance(hours=3)

    prefer("alice", locale="en", timezone="Pacific/Pago_Pago")
    in_english = rows_of("alice")

    assert ("Nouveau" in in_french, "New" in in_english) == (True, True)
    assert (">02/11/2026<" in in_french, ">01/11/2026<" in in_english) == (True, True)
    assert "3 hours ago" in in_english


def test_only_the_companys_list_shows_requesters(rows_of: Callable[[str], str]):
    own, companys = rows_of("alice"), rows_of("bob")

    assert ("Alice Etcheverry" in own, "Alice Etcheverry" in companys) == (False, True)


def test_only_others_can_take_an_assigned_ticket(portal: Portal, cast: Cast, rows_of: Callable[[str], str]):
    portal.tickets.assign(cast.context("sam"), number=1, assignee_id=cast["sam"].id)

    rows = [rows_of(name) for name in ("nora", "sam")]

    assert ['name="prendre"' in row for row in rows] == [True, False]


def test_a_change_of_the_ticket_is_shown_at_once(portal: Portal, cast: Cast, rows_of: Callable[[str], str]):
    rows_of("alice")

    portal.tickets.resolve(cast.context("sam"), number=1, solution="L’optique a été remplacée.")

    assert "Résolu" in rows_of("alice")


@pytest.mark.parametrize("name", HOMES)
def test_an_erased_title_is_neither_shown_nor_kept(
    own_app: Flask, portal: Portal, cast: Cast, rows_of: Callable[[str], str], name: str
):
    rows_of(name)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal.read_models.rebuild()

    after = rows_of(name)

    assert "pertes" not in after
    assert "[contenu effacé]" in after
    assert figures(own_app).rows == 1


def test_the_rows_of_each_page_are_reported():
    reports: list[dict[str, int]] = []
    rows = Rows(RowMemo())
    rows.memo.observe = lambda **report: reports.append(report)

    rows.show("a", "b")
    rows.show("b", "c")

    assert reports == [{"found": 0, "rendered": 2, "kept": 2}, {"found": 1, "rendered": 1, "kept": 3}]


# --- the frames around the rows ---------------------------------------------------------------------------------------


@pytest.fixture
def browse(own_app: Flask, portal: Portal, cast: Cast) -> Callable[[str], Browser]:
    """Sign in a person, with one ticket of alice."""
    open_incident(portal, cast)
    return lambda name: signed_in(own_app, cast, name)


@pytest.mark.parametrize("name", HOMES)
def test_each_session_has_its_own_token_on_a_kept_page(browse: Callable[[str], Browser], name: str):
    pages = [browse(name).get(HOMES[name]) for _ in range(2)]

    tokens = {page.value("csrf_token") for page in pages}
    texts = {page.html.replace(str(page.value("csrf_token")), "") for page in pages}

    assert len(tokens) == 2
    assert "\x01" not in pages[1].html
    assert len(texts) == (2 if name == "sam" else 1), "a form of the queue has its own command id"


def test_a_kept_page_greets_its_own_viewer(browse: Callable[[str], Browser], cast: Cast):
    pages = {name: browse(name).get("/bureau") for name in ("sam", "nora", "root")}

    assert [cast[name].name in pages[name].html for name in pages] == [True, True, True]
    assert "Annuaire" not in pages["nora"].html
    assert "Annuaire" in pages["root"].html


def test_a_kept_page_follows_the_preferences(browse: Callable[[str], Browser], prefer: Callable[..., None]):
    sam = browse("sam")
    sam.get("/bureau")

    prefer("sam", theme="dark", locale="en")

    page = sam.get("/bureau")
    assert 'data-theme="dark"' in page.html
    assert page.heading == "Desk"


def test_a_message_is_shown_once(browse: Callable[[str], Browser]):
    sam = browse("sam")
    sam.get("/bureau?vue=tous")
    sam.send("/bureau/plusieurs?vue=tous", {"prendre": "1", "command_id": str(UUID(int=1))})

    pages = [sam.get("/bureau?vue=tous") for _ in range(2)]

    assert [len(page.announcements) for page in pages] == [1, 0]


def test_the_counts_of_a_kept_page_are_todays(browse: Callable[[str], Browser], portal: Portal, cast: Cast):
    alice = browse("alice")
    before = alice.get("/tickets").words

    open_incident(portal, cast, title="Une seconde panne")

    after = alice.get("/tickets").words
    assert ("Tous 1" in before, "Tous 2" in after) == (True, True)


@pytest.mark.parametrize(("name", "folder"), [("alice", "/tickets"), ("sam", "/bureau/tickets")])
def test_a_kept_page_is_about_its_own_ticket(
    browse: Callable[[str], Browser], portal: Portal, cast: Cast, name: str, folder: str
):
    browser = browse(name)
    first = browser.get(f"{folder}/1")
    open_incident(portal, cast, title="Une <seconde> panne")

    second = browser.get(f"{folder}/2")

    assert "n° 1 — " in first.title
    assert "n° 2 — Une <seconde> panne" in second.title
    assert second.heading == "n° 2 — Une <seconde> panne"


def test_a_ticket_with_an_erased_title_has_a_page_of_its_own(
    browse: Callable[[str], Browser], portal: Portal, cast: Cast
):
    bob = browse("bob")
    bob.get("/tickets/1")
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())
    portal.read_models.rebuild()

    erased = bob.get("/tickets/1")

    assert erased.heading == "n° 1 — [contenu effacé]"
    assert '<span class="erased">' in erased.html
