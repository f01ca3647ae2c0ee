"""News since a customer's last visit, in list and ticket."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from tests.cast import Cast
from tests.statements import recorded_statements
from tests.web.browsing import Browser, Page, text_of

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.accounts.ticket_visits import store_visit, ticket_visits
from izarlink_tickets.application import Portal
from izarlink_tickets.database import CommitUnknown, Database, DatabaseBusy, DatabaseUnreachable, StorageFull

TICKET_BUDGET = 7


def unread(page: Page) -> list[str]:
    rows = [row for row in page.tree.findall(".//tbody/tr") if row.get("class") == "is-unread"]
    return [text_of(row.find("td")) for row in rows]


def new_entries(page: Page) -> list[str]:
    articles = page.tree.findall(".//article")
    return [article.get("id", "") for article in articles if "Nouveau" in [text_of(b) for b in article.iter("strong")]]


@pytest.fixture
def answer(portal: Portal, cast: Cast) -> Callable[[int], None]:
    """Return a function with which sam answers."""

    def add(number: int) -> None:
        portal.tickets.add_follow_up(cast.context("sam"), number=number, text="Nous regardons.")

    return add


def test_an_answer_is_unread_until_the_ticket_is_visited(
    alice: Browser, new_ticket: int, answer: Callable[[int], None]
):
    alice.get("/tickets/1")
    before = unread(alice.get("/tickets"))
    answer(new_ticket)
    after = unread(alice.get("/tickets"))

    alice.get("/tickets/1")

    assert (before, after, unread(alice.get("/tickets"))) == ([], ["1"], [])


def test_the_mark_is_a_word(alice: Browser, new_ticket: int, answer: Callable[[int], None]):
    answer(new_ticket)

    assert "Débit à 2 Mbit/s Non lu" in alice.get("/tickets").words


def test_own_messages_are_never_unread(alice: Browser, bob: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="Toujours lent.")

    assert unread(alice.get("/tickets")) == []
    assert unread(bob.get("/tickets")) == ["1"]


def test_internal_notes_leave_no_mark(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    alice.get("/tickets/1")
    portal.tickets.add_internal_note(cast.context("sam"), number=new_ticket, text="Optique à changer.")

    assert unread(alice.get("/tickets")) == []


def test_the_ticket_marks_what_came_since_the_last_visit(
    alice: Browser, portal: Portal, cast: Cast, new_ticket: int, answer: Callable[[int], None]
):
    alice.get("/tickets/1")
    answer(new_ticket)
    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="Merci.")

    first, second = alice.get("/tickets/1"), alice.get("/tickets/1")

    assert new_entries(first) == ["e2"]
    assert new_entries(second) == []


def test_a_first_visit_marks_nothing(alice: Browser, new_ticket: int, answer: Callable[[int], None]):
    answer(new_ticket)

    assert new_entries(alice.get("/tickets/1")) == []


def test_older_tickets_count_as_read(
    alice: Browser, portal: Portal, cast: Cast, new_ticket: int, answer: Callable[[int], None]
):
    answer(new_ticket)
    with portal.database.command() as connection:
        connection.execute(update(accounts).values(unread_since=cast.clock.advance(seconds=1)))
    before = unread(alice.get("/tickets"))
    answer(new_ticket)

    assert (before, unread(alice.get("/tickets"))) == ([], ["1"])


def test_another_person_s_visit_is_theirs(alice: Browser, bob: Browser, new_ticket: int, answer: Callable[[int], None]):
    answer(new_ticket)
    bob.get("/tickets/1")

    assert unread(alice.get("/tickets")) == ["1"]


def test_earlier_entries_are_no_visit(alice: Browser, new_ticket: int, answer: Callable[[int], None]):
    answer(new_ticket)
    alice.get("/tickets/1?avant=2")

    assert unread(alice.get("/tickets")) == ["1"]


def test_a_visit_stores_no_event_and_only_what_is_new(
    alice: Browser, portal: Portal, new_ticket: int, stored: Callable[[], int]
):
    events = stored()

    # What a process asks once.
    alice.get("/tickets")
    with recorded_statements() as first:
        alice.get("/tickets/1")
    with recorded_statements() as second:
        alice.get("/tickets/1")

    written = [[one for one in sent if one.startswith(("INSERT", "UPDATE"))] for sent in (first, second)]
    assert [len(writes) for writes in written] == [1, 0]
    assert "ticket_visits" in written[0][0]
    assert len([statement for statement in first if not statement.startswith("BEGIN")]) <= TICKET_BUDGET
    assert stored() == events


def test_a_visit_never_goes_back(portal: Portal, cast: Cast):
    with portal.database.command() as connection:
        store_visit(connection, account_id=cast["alice"].id, number=1, version=5)
        store_visit(connection, account_id=cast["alice"].id, number=1, version=3)

    with portal.database.query() as connection:
        assert connection.execute(select(ticket_visits.c.version)).scalar_one() == 5


@pytest.mark.parametrize("failure", [CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull])
def test_a_ticket_is_readable_while_nothing_can_be_stored(
    alice: Browser, new_ticket: int, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
):
    def refuse(_database: Database) -> None:
        raise failure

    alice.get("/tickets")
    monkeypatch.setattr(Database, "command", refuse)

    assert alice.get("/tickets/1").status == 200


# --- while the page is open -------------------------------------------------------------------------------------------


def test_an_open_ticket_learns_of_new_messages(alice: Browser, new_ticket: int, answer: Callable[[int], None]):
    place = alice.get("/tickets/1").tree.find(".//*[@data-live]")
    assert place is not None
    address = f"{place.get('data-live')}?depuis={place.get('data-seen')}"
    before = alice.get(address).response.get_json()
    answer(new_ticket)
    answer(new_ticket)

    asked = alice.ask("GET", address)

    assert before == {"news": "", "first": None}
    assert asked.response.get_json() == {"news": "2 nouveaux messages", "first": 2}
    assert unread(alice.get("/tickets")) == ["1"]


def test_nothing_new_is_answered_with_304(alice: Browser, new_ticket: int, answer: Callable[[int], None]):
    asked = alice.ask("GET", "/tickets/1/nouveautes?depuis=1")
    tag = asked.response.headers["ETag"]

    again = alice.ask("GET", "/tickets/1/nouveautes?depuis=1", headers={"If-None-Match": tag})
    answer(new_ticket)
    later = alice.ask("GET", "/tickets/1/nouveautes?depuis=1", headers={"If-None-Match": tag})

    assert (again.status, later.status) == (304, 200)


def test_own_messages_and_notes_are_no_news(alice: Browser, portal: Portal, cast: Cast, new_ticket: int):
    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="Toujours lent.")
    portal.tickets.add_internal_note(cast.context("sam"), number=new_ticket, text="Optique à changer.")

    assert alice.get("/tickets/1/nouveautes?depuis=1").response.get_json() == {"news": "", "first": None}


def test_a_stranger_learns_nothing(charlie: Browser, new_ticket: int):
    assert charlie.get("/tickets/1/nouveautes?depuis=1").status == 404


def test_polling_takes_three_statements_at_most(alice: Browser, new_ticket: int):
    alice.get("/tickets")
    with recorded_statements() as sent:
        alice.get("/tickets/1/nouveautes?depuis=0")

    assert len([statement for statement in sent if not statement.startswith("BEGIN")]) <= 3
