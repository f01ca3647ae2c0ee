"""Tickets by state, for the customers' pages."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from tests.cast import Cast
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
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
def open_ticket(portal: Portal, cast: Cast) -> Callable[..., int]:
    """Return a function that opens an incident, alice's by default."""

    def opened(name: str = "alice", *, uploads: tuple[Upload, ...] = (), **changes: Any) -> int:
        fields = {
            "ticket_type": "INCIDENT",
            "category": "DEBIT",
            "service_id": None,
            "urgency": 4,
            "title": "Débit à 2 Mbit/s",
            "description": "Depuis ce matin.",
        }
        return portal.tickets.open(cast.context(name), uploads=uploads, **{**fields, **changes}).number

    return opened


@pytest.fixture
def new_ticket(open_ticket: Callable[..., int]) -> int:
    return open_ticket()


@pytest.fixture
def assigned_ticket(portal: Portal, cast: Cast, new_ticket: int) -> int:
    portal.tickets.assign(cast.context("sam"), number=new_ticket, assignee_id=cast["sam"].id)
    return new_ticket


@pytest.fixture
def resolved_ticket(portal: Portal, cast: Cast, assigned_ticket: int) -> int:
    portal.tickets.resolve(cast.context("sam"), number=assigned_ticket, solution=SOLUTION)
    return assigned_ticket


@pytest.fixture
def closed_ticket(portal: Portal, cast: Cast, resolved_ticket: int) -> int:
    portal.tickets.approve_solution(cast.context("alice"), number=resolved_ticket, solution_version=1, comment="Merci.")
    return resolved_ticket


@pytest.fixture
def bob(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("bob")


@pytest.fixture
def charlie(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("charlie")
