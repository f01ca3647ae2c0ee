"""The SQL statements of the pages about one ticket, the session's included."""

from collections.abc import Callable

import pytest
from tests.cast import ETXEA, Cast, bring_in, new_service
from tests.openings import open_incident
from tests.statements import recorded_statements
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import Role

# By visitor and page: at most so many. Source: issue 13, a page for what it is worth.
BUDGETS = {
    ("alice", "/tickets/1"): 7,
    ("bob", "/tickets/1"): 7,
    ("sam", "/bureau/tickets/1"): 9,
    ("ada", "/audit/tickets/1"): 6,
    ("alice", "/tickets/nouveau"): 4,
    ("sam", "/tickets/nouveau"): 4,
}
Loaded = Callable[[str, str], list[str]]


@pytest.fixture
def ticket(portal: Portal, cast: Cast) -> int:
    """Create a ticket with a file, mails, a watcher and a note."""
    number = open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    portal.tickets.add_internal_note(cast.context("sam"), number=number, text="Optique à changer.")
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")
    return number


@pytest.fixture
def loaded(browser_of: Callable[[str], Browser]) -> Loaded:
    """Load a page for the second time; return the statements."""

    def load(name: str, path: str) -> list[str]:
        browser = browser_of(name)
        browser.get(path)
        with recorded_statements() as sent:
            page = browser.get(path)
        assert page.status == 200
        return sent

    return load


@pytest.fixture
def grow(portal: Portal, cast: Cast, ticket: int) -> Callable[[], None]:
    """Return a function that adds entries, files, people and services."""

    def add() -> None:
        now = cast.clock()
        for nth in range(12):
            files = [Upload(f"mesure {nth}.txt", b"x"), Upload(f"journal {nth}.txt", b"x")]
            portal.tickets.add_follow_up(cast.context("alice"), number=ticket, text=f"Suivi {nth}", uploads=files)
            staff = bring_in(portal, NewAccount(f"t{nth}@izarlink.example", f"Tech {nth}", Role.SUPPORT), now)
            portal.tickets.assign(cast.context("sam"), number=ticket, assignee_id=staff.id)
            member = bring_in(portal, NewAccount(f"m{nth}@etxea.example", f"M {nth}", Role.CUSTOMER, ETXEA), now)
            portal.tickets.add_watcher(cast.context("sam"), number=ticket, account_id=member.id)
            new_service(portal, now, reference=f"FTTO-9{nth:04}", organisation_name=ETXEA, label=f"Fibre {nth}")
            open_incident(portal, cast, title=f"Autre {nth}")

    return add


@pytest.mark.parametrize(("name", "path"), BUDGETS)
def test_a_page_asks_no_more_than_its_budget(loaded: Loaded, ticket: int, name: str, path: str):
    sent = loaded(name, path)

    assert len(sent) <= BUDGETS[name, path], "\n".join(sent)


@pytest.mark.parametrize(("name", "path"), BUDGETS)
def test_a_page_asks_no_more_of_a_ticket_that_has_grown(
    loaded: Loaded, ticket: int, grow: Callable[[], None], name: str, path: str
):
    before = loaded(name, path)
    grow()

    after = loaded(name, path)

    assert len(after) == len(before), "\n".join(after)


def test_a_waiting_solution_takes_no_further_statement(portal: Portal, cast: Cast, loaded: Loaded, ticket: int):
    pages = [("alice", "/tickets/1"), ("sam", "/bureau/tickets/1")]
    before = [len(loaded(*page)) for page in pages]
    portal.tickets.resolve(cast.context("sam"), number=ticket, solution="L’optique a été remplacée.")

    assert [len(loaded(*page)) for page in pages] == before


@pytest.mark.usefixtures("ticket")
def test_a_technician_s_first_look_writes_one_statement_more(browser_of: Callable[[str], Browser]):
    nora = browser_of("nora")

    with recorded_statements() as sent:
        nora.get("/bureau/tickets/1")

    writes = [statement for statement in sent if "presences" in statement and not statement.startswith("SELECT")]
    assert len(writes) == 1
