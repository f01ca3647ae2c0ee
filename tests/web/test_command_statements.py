"""The number of SQL statements of the forms that people send most.

The session's are included; BEGIN and COMMIT, which SQLAlchemy shows on SQLite alone, are not.
"""

from collections.abc import Callable, Mapping
from uuid import uuid4

import pytest
from tests.cast import ETXEA, Cast, Clock, bring_in
from tests.openings import open_incident, resolved_incident
from tests.statements import recorded_statements
from tests.web.applications import application
from tests.web.browsing import Browser, signed_in

from izarlink_tickets.application import Portal
from izarlink_tickets.application.accounts import NewAccount
from izarlink_tickets.domain.vocabulary import Role

OPEN, FOLLOW_UP, RESOLVE, APPROVE = 12, 11, 15, 14
NEW = {"ticket_type": "INCIDENT", "category": "DEBIT", "service": "autre", "urgency": "4", "title": "Débit à 2 Mbit/s"}
SEE_OTHER = 303

Fill = Callable[[Portal, Cast], object]


def add_nothing(portal: Portal, cast: Cast) -> None:
    """Leave the portal as it is."""


def add_staff(portal: Portal, cast: Cast) -> None:
    for name in ("iker", "maite", "peio"):
        email = f"{name}@izarlink.example"
        bring_in(portal, NewAccount(email, name.title(), Role.SUPPORT), cast.clock())


def add_open_tickets(portal: Portal, cast: Cast) -> None:
    for _ in range(3):
        open_incident(portal, cast, by="charlie")


def add_colleagues(portal: Portal, cast: Cast) -> None:
    for name in ("xan", "ane"):
        bring_in(portal, NewAccount(f"{name}@etxea.example", name.title(), Role.CUSTOMER, ETXEA), cast.clock())


FILLS: Mapping[str, Fill] = {
    "nothing more": add_nothing,
    "more staff and their mails": add_staff,
    "more open tickets": add_open_tickets,
    "more colleagues": add_colleagues,
}
fills = pytest.mark.parametrize("fill", FILLS.values(), ids=FILLS)


@pytest.fixture
def alice(portal: Portal, cast: Cast, clock: Clock) -> Browser:
    return signed_in(application(portal, clock), cast, "alice")


@pytest.fixture
def sam(portal: Portal, cast: Cast, clock: Clock) -> Browser:
    return signed_in(application(portal, clock), cast, "sam")


def statements_of(browser: Browser, path: str, typed: Mapping[str, str]) -> int:
    """Count the statements of a form that is accepted."""
    fields = {
        "csrf_token": browser.token(),
        "command_id": str(uuid4()),
        "form_id": str(uuid4()),
        "similar": "1",
        **typed,
    }
    with recorded_statements() as sent:
        page = browser.post(path, fields)
    assert page.status == SEE_OTHER, page.errors
    return len([statement for statement in sent if not statement.startswith("BEGIN")])


def watched_ticket(portal: Portal, cast: Cast) -> int:
    """Open a ticket that sam works on and carol and bob watch."""
    number = open_incident(portal, cast)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    for name in ("carol", "bob"):
        portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast[name].id)
    return number


@fills
def test_opening_a_ticket_takes_few_statements(portal: Portal, cast: Cast, alice: Browser, fill: Fill) -> None:
    open_incident(portal, cast)
    fill(portal, cast)

    sent = statements_of(alice, "/tickets/nouveau", {**NEW, "description": "Depuis ce matin."})

    assert sent <= OPEN


@fills
def test_a_follow_up_takes_few_statements(portal: Portal, cast: Cast, alice: Browser, fill: Fill) -> None:
    number = watched_ticket(portal, cast)
    fill(portal, cast)

    assert statements_of(alice, f"/tickets/{number}/suivi", {"comment": "Toujours lent."}) <= FOLLOW_UP


def test_a_resolution_takes_few_statements(portal: Portal, cast: Cast, sam: Browser) -> None:
    number = open_incident(portal, cast)

    solution = {"version": "1", "solution": "L’optique est neuve."}
    assert statements_of(sam, f"/bureau/tickets/{number}/resoudre", solution) <= RESOLVE


def test_an_approval_takes_few_statements(portal: Portal, cast: Cast, alice: Browser) -> None:
    number = resolved_incident(portal, cast)

    decision = {"solution_version": "1"}
    assert statements_of(alice, f"/tickets/{number}/solution/approuver", decision) <= APPROVE
