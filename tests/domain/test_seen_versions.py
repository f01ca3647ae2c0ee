"""Refusal of decisions made on an older version of the ticket."""

from dataclasses import replace

import pytest
from tests.domain import tickets
from tests.domain.commands import outcome
from tests.domain.people import ALICE, SAM, by

from izarlink_tickets.domain import errors
from izarlink_tickets.domain.ticket import Ticket

DECISIONS = {
    "assign": tickets.being_worked_on,
    "requalify": tickets.being_worked_on,
    "request_information": tickets.being_worked_on,
    "hold": tickets.being_worked_on,
    "resume": tickets.awaiting_customer,
    "resolve": tickets.being_worked_on,
    "revise_solution": tickets.resolved,
    "withdraw_solution": tickets.resolved,
    "record_approval": tickets.resolved,
    "reopen": tickets.closed,
    "confirm_cancellation": tickets.with_cancellation_request,
    "decline_cancellation": tickets.with_cancellation_request,
}
MESSAGES = ["add_follow_up", "add_internal_note", "add_watcher", "change_requester"]


@pytest.mark.parametrize("command", DECISIONS)
def test_a_decision_on_an_older_version_is_refused(command):
    ticket = DECISIONS[command]()

    assert (
        outcome(command, ticket, replace(by(SAM, days=3), seen_version=ticket.version - 1)) is errors.TicketHasChanged
    )


@pytest.mark.parametrize("command", DECISIONS)
def test_a_decision_on_the_current_version_is_carried_out(command):
    ticket = DECISIONS[command]()

    assert isinstance(outcome(command, ticket, replace(by(SAM, days=3), seen_version=ticket.version)), Ticket)


def test_a_refusal_says_what_was_seen_and_what_is(ticket_being_worked_on):
    with tickets.refused(errors.TicketHasChanged, ticket_being_worked_on) as caught:
        ticket_being_worked_on.resolve(replace(by(SAM), seen_version=1), solution="Optique remplacée.")

    assert (caught.value.seen, caught.value.current) == (1, 2)


def test_the_state_is_refused_before_the_version(resolved_ticket):
    with tickets.refused(errors.TicketIsResolved, resolved_ticket):
        resolved_ticket.resolve(replace(by(SAM), seen_version=1), solution="Optique remplacée.")


@pytest.mark.parametrize("command", MESSAGES)
def test_a_message_on_an_older_version_is_carried_out(command, ticket_being_worked_on):
    assert isinstance(outcome(command, ticket_being_worked_on, replace(by(SAM, days=3), seen_version=1)), Ticket)


def test_two_follow_ups_never_conflict(ticket_being_worked_on):
    seen = ticket_being_worked_on.version

    for_sam, for_alice = (replace(by(person, days=3), seen_version=seen) for person in (SAM, ALICE))
    ticket_being_worked_on.add_follow_up(for_sam, text="Je regarde.")
    ticket_being_worked_on.add_follow_up(for_alice, text="Merci.")

    assert ticket_being_worked_on.version == seen + 2
