"""Pieces of pages with slots, and the blank forms made of them."""

import re
from collections.abc import Callable

import pytest
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser, Page

from izarlink_tickets.application import Portal
from izarlink_tickets.web.slots import SlottedHtml, escaped, filled_all, slot

BROWSING = {"alice": "/tickets/1", "bob": "/tickets/1", "sam": "/bureau/tickets/1", "nora": "/bureau/tickets/1"}


def test_a_slot_is_filled_each_time_anew():
    piece = SlottedHtml(f"<a href='/{slot('target')}'>{slot('target')}, {slot('name')}</a>")

    pages = [piece.fill(escaped(target=target, name="x")) for target in (7, 8)]

    assert pages == ["<a href='/7'>7, x</a>", "<a href='/8'>8, x</a>"]


def test_a_value_is_escaped():
    filled = SlottedHtml(f"<b title='{slot('name')}'></b>").fill(escaped(name="'><script>"))

    assert filled == "<b title='&#39;&gt;&lt;script&gt;'></b>"


def test_a_slot_without_a_value_is_an_error():
    with pytest.raises(KeyError, match="name"):
        SlottedHtml(slot("name")).fill()


def test_a_typed_text_is_no_slot():
    """Check that what looks like a marker stays a text."""
    typed = "slot-name- %s {name} \0 " + re.sub("[0-9a-f]{32}", "0" * 32, slot("name"))

    assert SlottedHtml(typed).fill(escaped(name="x")) == typed


def test_pieces_are_joined_in_their_order():
    pieces = [(SlottedHtml(f"<li>{slot('nth')}</li>"), escaped(nth=nth)) for nth in (1, 2)]

    assert filled_all(pieces) == "<li>1</li><li>2</li>"


# --- blank forms ------------------------------------------------------------------------------------------------------


@pytest.fixture
def page_of(portal: Portal, cast: Cast, browser_of: Callable[[str], Browser]) -> Callable[[str], Page]:
    """Load the page of a ticket, which alice has opened for all."""
    open_incident(portal, cast)
    return lambda name: browser_of(name).get(BROWSING[name])


def hidden(page: Page, name: str) -> list[str | None]:
    fields = [element for element in page.tree.findall(".//main//input") if element.get("name") == name]
    return [field.get("value") for field in fields]


@pytest.mark.parametrize("name", ["bob", "nora"])
def test_a_blank_form_is_its_viewer_s_own(page_of: Callable[[str], Page], cast: Cast, name: str):
    first = page_of({"bob": "alice", "nora": "sam"}[name])

    page = page_of(name)

    assert set(hidden(page, "auteur")) == {cast[name].id}
    assert set(hidden(page, "csrf_token")).isdisjoint(hidden(first, "csrf_token"))
    assert set(hidden(page, "command_id")).isdisjoint(hidden(first, "command_id"))


@pytest.mark.parametrize("name", ["alice", "sam"])
def test_each_blank_form_is_another_command(page_of: Callable[[str], Page], name: str):
    page = page_of(name)

    commands = hidden(page, "command_id")
    assert len(commands) > 1
    assert len(set(commands)) == len(commands)


def test_no_slot_is_left_on_a_page(page_of: Callable[[str], Page]):
    marker = slot("").partition("-")[0]

    assert [name for name in BROWSING if marker in page_of(name).html] == []
