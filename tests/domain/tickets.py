"""Alice's ticket in every state, and the events that a command records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar, cast

import pytest
from tests.domain.people import ALICE, DENIS, FIBRE, MONDAY, OUTAGE, SAM, by

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.events import TicketEvent, own_fields
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import SYSTEM, CommandContext, Urgency

R = TypeVar("R", bound=Refusal)

HOLD_UNTIL = MONDAY + timedelta(days=6)


def opened(context: CommandContext | None = None, **changes: Any) -> Ticket:
    """Open alice's incident, with changes; its events are pending."""
    facts = {
        "number": 1042,
        "requester": ALICE,
        "category": OUTAGE,
        "service": FIBRE,
        "urgency": Urgency.HIGH,
        "title": "Plus d’Internet au fournil",
        "description": "La fibre est coupée depuis 5 h, la caisse aussi.",
    }
    return Ticket.open(context or by(ALICE), **{**facts, **changes})


def loaded(ticket: Ticket) -> Ticket:
    """Return the ticket without its pending events, as if loaded."""
    ticket.collect_events()
    return ticket


def new() -> Ticket:
    return loaded(opened())


def watched() -> Ticket:
    """Return a new ticket that denis watches."""
    ticket = new()
    ticket.add_watcher(by(SAM), watcher=DENIS)
    return loaded(ticket)


def being_worked_on() -> Ticket:
    ticket = new()
    ticket.assign(by(SAM, days=1), assignee=SAM)
    return loaded(ticket)


def awaiting_customer() -> Ticket:
    ticket = new()
    ticket.request_information(by(SAM, days=1), question="Le voyant est-il rouge ?")
    return loaded(ticket)


def awaiting_third_party() -> Ticket:
    ticket = new()
    ticket.hold(by(SAM, days=1), reason="L’opérateur répare la ligne.", until=HOLD_UNTIL)
    return loaded(ticket)


def resolved() -> Ticket:
    ticket = new()
    ticket.resolve(by(SAM, days=1), solution="L’optique a été remplacée.")
    return loaded(ticket)


def closed() -> Ticket:
    ticket = resolved()
    ticket.approve_solution(by(ALICE, days=2), solution_version=1)
    return loaded(ticket)


def cancelled() -> Ticket:
    ticket = new()
    ticket.cancel(by(ALICE, days=1))
    return loaded(ticket)


def with_reminder() -> Ticket:
    """Return a resolved ticket with a reminder that names day 7."""
    ticket = resolved()
    closes_on = by(SYSTEM, days=7).at.date()
    ticket.remind(by(SYSTEM, days=4), information_days=2, solution_days=2, closes_on=closes_on)
    return loaded(ticket)


def dated_ahead() -> Ticket:
    """Return a ticket that waits since a wrong clock's 2038."""
    ticket = new()
    ticket.request_information(by(SAM, days=12 * 365), question="Le voyant est-il rouge ?")
    return loaded(ticket)


def with_cancellation_request() -> Ticket:
    """Return a ticket in progress with a request to cancel it."""
    ticket = being_worked_on()
    ticket.request_cancellation(by(ALICE, days=2))
    return loaded(ticket)


def collected(ticket: Ticket) -> Sequence[TicketEvent]:
    return cast(Sequence[TicketEvent], ticket.collect_events())


def kinds(ticket: Ticket) -> list[type[TicketEvent]]:
    return [type(event) for event in collected(ticket)]


def happened(ticket: Ticket) -> list[tuple[type[TicketEvent], dict[str, Any]]]:
    """Return the class and own fields of each pending event."""
    return [(type(event), own_fields(event)) for event in collected(ticket)]


@contextmanager
def refused(refusal: type[R], ticket: Ticket) -> Iterator[pytest.ExceptionInfo[R]]:
    """Expect exactly this refusal, and an unchanged ticket."""
    before = repr(ticket)
    with pytest.raises(refusal) as caught:
        yield caught
    assert caught.type is refusal
    assert (ticket.pending_events, repr(ticket)) == ([], before)
