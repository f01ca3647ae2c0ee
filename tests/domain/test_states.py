"""From which state each command leads to which, cell by cell."""

import pytest
from tests.domain import tickets
from tests.domain.commands import COMMANDS, outcome
from tests.domain.people import ALICE, ROOT, by

from izarlink_tickets.domain import errors
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import SYSTEM

TICKETS = {
    "NOUVEAU": tickets.new,
    "EN_COURS": tickets.being_worked_on,
    "CLIENT": tickets.awaiting_customer,
    "TIERS": tickets.awaiting_third_party,
    "RESOLU": tickets.resolved,
    "CLOTURE": tickets.closed,
    "ANNULE": tickets.cancelled,
}

# In capitals the next state (CLIENT and TIERS are EN_ATTENTE); "=": the state stays.
# In lower case the refusal.
#                          NOUVEAU  EN_COURS CLIENT   TIERS    RESOLU     CLOTURE  ANNULE
TABLE = {
    "assign":               "EN_COURS =        =        =        =          closed   cancelled",
    "requalify":            "=        =        =        =        resolved   closed   cancelled",
    "add_follow_up":        "=        =        EN_COURS =        =          closed   cancelled",
    "add_internal_note":    "=        =        =        =        =          =        cancelled",
    "request_information":  "CLIENT   CLIENT   =        CLIENT   resolved   closed   cancelled",
    "remind":               "unsolved unsolved =        unsolved =          closed   cancelled",
    "report_silence":       "unsolved unsolved unreminded unsolved unreminded closed   cancelled",
    "restart_wait":         "unsolved unsolved none     unsolved none       closed   cancelled",
    "hold":                 "TIERS    TIERS    wrong    wrong    resolved   closed   cancelled",
    "resume":               "wrong    wrong    EN_COURS EN_COURS resolved   closed   cancelled",
    "resolve":              "RESOLU   RESOLU   RESOLU   RESOLU   resolved   closed   cancelled",
    "revise_solution":      "unsolved unsolved unsolved unsolved =          closed   cancelled",
    "withdraw_solution":    "unsolved unsolved unsolved unsolved EN_COURS   closed   cancelled",
    "approve_solution":     "unsolved unsolved unsolved unsolved CLOTURE    closed   cancelled",
    "record_approval":      "unsolved unsolved unsolved unsolved CLOTURE    closed   cancelled",
    "refuse_solution":      "unsolved unsolved unsolved unsolved EN_COURS   closed   cancelled",
    "auto_close":           "unsolved unsolved unsolved unsolved unreminded closed   cancelled",
    "reopen":               "wrong    wrong    wrong    wrong    resolved   EN_COURS cancelled",
    "cancel":               "ANNULE   touched  touched  touched  touched    closed   cancelled",
    "request_cancellation": "wrong    =        =        =        resolved   closed   cancelled",
    "withdraw_cancellation_request": "unasked unasked unasked unasked resolved closed cancelled",
    "confirm_cancellation": "unasked  unasked  unasked  unasked  resolved   closed   cancelled",
    "decline_cancellation": "unasked  unasked  unasked  unasked  resolved   closed   cancelled",
    "add_watcher":          "=        =        =        =        =          =        cancelled",
    "remove_watcher":       "none     none     none     none     none       none     cancelled",
    "change_requester":     "=        =        =        =        =          =        cancelled",
}  # fmt: skip

REFUSALS: dict[str | type[errors.Refusal], str] = {
    errors.TicketIsClosed: "closed",
    errors.TicketIsCancelled: "cancelled",
    errors.TicketIsResolved: "resolved",
    errors.TicketIsNotResolved: "unsolved",
    errors.WrongState: "wrong",
    errors.StaffHasActed: "touched",
    errors.NoCancellationRequested: "unasked",
    errors.TooEarly: "unreminded",
    errors.AlreadyAssigned: "none",
    errors.AlreadyConcerned: "none",
    errors.NothingChanges: "none",
}

ACTORS = dict.fromkeys(COMMANDS, ROOT) | {
    "withdraw_cancellation_request": ALICE,
    "add_follow_up": ALICE,
    "remind": SYSTEM,
    "report_silence": SYSTEM,
    "restart_wait": SYSTEM,
    "approve_solution": ALICE,
    "refuse_solution": ALICE,
    "auto_close": SYSTEM,
    "cancel": ALICE,
    "request_cancellation": ALICE,
}


def test_every_command_has_its_row():
    assert set(TABLE) == set(COMMANDS)


@pytest.mark.parametrize("command", TABLE)
def test_a_command_leads_where_its_row_says_or_is_refused(command: str):
    context = by(ACTORS[command], days=9)

    cells = [cell_of(state, outcome(command, ticket_in(), context)) for state, ticket_in in TICKETS.items()]

    assert cells == TABLE[command].split()


def ending(ticket: Ticket) -> str:
    return ticket.awaiting.value if ticket.awaiting else ticket.state.value


def cell_of(state: str, result: Ticket | type[errors.Refusal]) -> str:
    if not isinstance(result, Ticket):
        return REFUSALS[result]
    return "=" if ending(result) == state else ending(result)


def test_a_refusal_for_the_state_names_the_state_and_since_when(closed_ticket):
    with tickets.refused(errors.TicketIsClosed, closed_ticket) as caught:
        closed_ticket.add_follow_up(by(ALICE, days=9), text="Merci !")

    assert (caught.value.state, caught.value.since) == ("CLOTURE", by(ALICE, days=2).at)
