"""The actors that each command allows."""

import pytest
from tests.domain import tickets
from tests.domain.commands import COMMANDS, outcome
from tests.domain.people import ACTORS, DENIS, by

from izarlink_tickets.domain import errors
from izarlink_tickets.domain.ticket import Ticket

CUSTOMER = {"the requester", "the company role"}
STAFF = {"support", "an administrator"}
SYSTEM = {"the system"}

# The allowed actors of each command, and a ticket on which it makes sense.
RIGHTS = {
    "assign": (STAFF, tickets.new),
    "requalify": (STAFF, tickets.new),
    "add_follow_up": (CUSTOMER | STAFF, tickets.new),
    "add_internal_note": (STAFF, tickets.new),
    "request_information": (STAFF, tickets.new),
    "remind": (SYSTEM, tickets.awaiting_customer),
    "report_silence": (SYSTEM, tickets.with_reminder),
    "restart_wait": (SYSTEM, tickets.dated_ahead),
    "hold": (STAFF, tickets.new),
    "resume": (STAFF | SYSTEM, tickets.awaiting_third_party),
    "resolve": (STAFF, tickets.being_worked_on),
    "revise_solution": (STAFF, tickets.resolved),
    "withdraw_solution": (STAFF, tickets.resolved),
    "approve_solution": (CUSTOMER, tickets.resolved),
    "record_approval": (STAFF, tickets.resolved),
    "refuse_solution": (CUSTOMER, tickets.resolved),
    "auto_close": (SYSTEM, tickets.with_reminder),
    "reopen": (CUSTOMER | STAFF, tickets.closed),
    "cancel": ({"the requester"}, tickets.new),
    "request_cancellation": (CUSTOMER, tickets.being_worked_on),
    "withdraw_cancellation_request": (CUSTOMER, tickets.with_cancellation_request),
    "confirm_cancellation": (STAFF, tickets.with_cancellation_request),
    "decline_cancellation": (STAFF, tickets.with_cancellation_request),
    "add_watcher": (CUSTOMER | STAFF, tickets.new),
    "remove_watcher": (CUSTOMER | STAFF, tickets.watched),
    "change_requester": (STAFF, tickets.new),
}


def test_every_command_has_its_rights():
    assert set(RIGHTS) == set(COMMANDS)


@pytest.mark.parametrize("command", RIGHTS)
def test_a_command_is_allowed_to_its_actors_and_to_nobody_else(command: str):
    allowed, ticket_for = RIGHTS[command]

    answers = {name: outcome(command, ticket_for(), by(ACTORS[name], days=9)) for name in ACTORS}

    assert {name for name, answer in answers.items() if isinstance(answer, Ticket)} == allowed
    assert {answer for answer in answers.values() if not isinstance(answer, Ticket)} == {errors.NotAllowed}


def test_watching_a_ticket_allows_nothing():
    answers = {outcome(command, tickets.watched(), by(DENIS)) for command in COMMANDS}

    assert answers == {errors.NotAllowed}


@pytest.mark.parametrize("actor", ["another company", "an auditor", "support, deactivated"])
def test_an_actor_without_rights_does_not_learn_the_state(actor: str):
    answers = {outcome(command, tickets.cancelled(), by(ACTORS[actor])) for command in COMMANDS}

    assert answers == {errors.NotAllowed}
