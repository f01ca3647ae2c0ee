"""The states of alice's ticket as fixtures."""

import pytest
from tests.domain import tickets

from izarlink_tickets.domain.ticket import Ticket


@pytest.fixture
def new_ticket() -> Ticket:
    return tickets.new()


@pytest.fixture
def ticket_being_worked_on() -> Ticket:
    return tickets.being_worked_on()


@pytest.fixture
def ticket_awaiting_customer() -> Ticket:
    return tickets.awaiting_customer()


@pytest.fixture
def ticket_awaiting_third_party() -> Ticket:
    return tickets.awaiting_third_party()


@pytest.fixture
def resolved_ticket() -> Ticket:
    return tickets.resolved()


@pytest.fixture
def closed_ticket() -> Ticket:
    return tickets.closed()


@pytest.fixture
def cancelled_ticket() -> Ticket:
    return tickets.cancelled()


@pytest.fixture
def ticket_with_cancellation_request() -> Ticket:
    return tickets.with_cancellation_request()
