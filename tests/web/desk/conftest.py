"""Tickets by state, and the desk's people."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from tests.cast import Cast
from tests.openings import open_incident
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import events

SOLUTION = "L’optique a été remplacée."


@pytest.fixture
def stored(portal: Portal) -> Callable[[], int]:
    """Return a function that counts the stored events."""

    def count() -> int:
        with portal.database.query() as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()

    return count


@pytest.fixture
def new_ticket(portal: Portal, cast: Cast) -> int:
    return open_incident(portal, cast)


@pytest.fixture
def taken_ticket(portal: Portal, cast: Cast, new_ticket: int) -> int:
    portal.tickets.assign(cast.context("sam"), number=new_ticket, assignee_id=cast["sam"].id)
    return new_ticket


@pytest.fixture
def pending_ticket(portal: Portal, cast: Cast, taken_ticket: int) -> int:
    portal.tickets.request_information(cast.context("sam"), number=taken_ticket, question="De quelle couleur ?")
    return taken_ticket


@pytest.fixture
def ticket_with_cancellation_request(portal: Portal, cast: Cast, taken_ticket: int) -> int:
    """Return a ticket with a requested cancellation."""
    portal.tickets.request_cancellation(cast.context("alice"), number=taken_ticket, reason="C’est revenu.")
    return taken_ticket


@pytest.fixture
def resolved_ticket(portal: Portal, cast: Cast, taken_ticket: int) -> int:
    portal.tickets.resolve(cast.context("sam"), number=taken_ticket, solution=SOLUTION)
    return taken_ticket


@pytest.fixture
def closed_ticket(portal: Portal, cast: Cast, resolved_ticket: int) -> int:
    portal.tickets.approve_solution(cast.context("alice"), number=resolved_ticket, solution_version=1)
    return resolved_ticket


@pytest.fixture
def cancelled_ticket(portal: Portal, cast: Cast, new_ticket: int) -> int:
    portal.tickets.cancel(cast.context("alice"), number=new_ticket)
    return new_ticket


@pytest.fixture
def nora(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("nora")
