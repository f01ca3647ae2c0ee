"""The SQL statements of lists, polls and home, the session's included."""

from collections.abc import Callable

import pytest
from tests.cast import ETXEA, Cast, bring_in, new_service
from tests.openings import open_incident, open_request, resolved_incident
from tests.statements import recorded_statements
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role

# Exact, by visitor and page. Source: issue 13, a page for what it is worth.
STATEMENTS = {
    ("alice", "/tickets"): 4,
    ("alice", "/tickets?etat=RESOLU&tri=titre"): 4,
    ("bob", "/tickets"): 4,
    ("bob", "/tickets?portee=moi&type=INCIDENT"): 4,
    ("sam", "/bureau"): 4,
    ("sam", "/bureau?vue=tous&tri=-activite"): 4,
    ("sam", "/bureau?vue=a-moi&q=lente"): 4,
    ("root", "/bureau?vue=resolus"): 4,
    ("sam", "/bureau/nouveautes?vue=a-traiter&depuis=0"): 3,
    ("alice", "/"): 1,
    ("sam", "/"): 1,
}
Sent = Callable[[str, str], int]


@pytest.fixture
def sent(browser_of: Callable[[str], Browser]) -> Sent:
    """Load a page for the second time; count its statements."""

    def load(name: str, path: str) -> int:
        browser = browser_of(name)
        browser.get(path)
        with recorded_statements() as statements:
            page = browser.get(path)
        assert page.status in {200, 302}
        return len(statements)

    return load


@pytest.fixture
def grow(portal: Portal, cast: Cast) -> Callable[[], None]:
    """Return a function that adds tickets, mails, staff, services and views."""

    def add() -> None:
        now = cast.clock()
        for nth in range(8):
            open_incident(portal, cast, title=f"Ligne lente {nth}")
            open_request(portal, cast, by="bob")
            resolved_incident(portal, cast)
            bring_in(portal, NewAccount(f"t{nth}@izarlink.example", f"Tech {nth}", Role.SUPPORT), now)
            new_service(portal, now, reference=f"FTTO-9{nth:04}", organisation_name=ETXEA, label=f"Fibre {nth}")
            portal.directory.create_organisation(cast.context("root"), name=f"Client {nth}")

    return add


@pytest.mark.parametrize(("name", "path"), STATEMENTS)
def test_a_list_asks_as_many_statements_with_few_rows_as_with_many(
    sent: Sent, grow: Callable[[], None], name: str, path: str
):
    before = sent(name, path)

    grow()

    assert (before, sent(name, path)) == (STATEMENTS[name, path], STATEMENTS[name, path])


def test_an_unchanged_queue_is_polled_with_two_statements(sam: Browser):
    path = "/bureau/nouveautes?vue=a-traiter&depuis=0"
    tag = sam.get(path).response.headers["ETag"]

    with recorded_statements() as statements:
        page = sam.get(path, headers={"If-None-Match": tag})

    assert (page.status, len(statements)) == (304, 2)
