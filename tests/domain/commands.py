"""Every command on an existing ticket, given with arguments that nothing is wrong with."""

from collections.abc import Callable

from tests.domain import tickets
from tests.domain.people import BILLING, DENIS, NORA, SAM, by

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Act

COMMANDS: dict[str, Callable[[Ticket, Act], None]] = {
    "assign": lambda ticket, act: ticket.assign(act, assignee=NORA),
    "requalify": lambda ticket, act: ticket.requalify(
        act, category=BILLING, service=None, urgency=None, impact=2, reason="C’est une facture."
    ),
    "add_follow_up": lambda ticket, act: ticket.add_follow_up(act, text="Toujours rien."),
    "add_internal_note": lambda ticket, act: ticket.add_internal_note(act, text="Voir l’optique du NRO."),
    "request_information": lambda ticket, act: ticket.request_information(act, question="Quel voyant ?"),
    "remind": lambda ticket, act: ticket.remind(act, information_days=2, solution_days=2),
    "hold": lambda ticket, act: ticket.hold(act, reason="L’opérateur intervient.", until=by(SAM, days=99).at),
    "resume": lambda ticket, act: ticket.resume(act),
    "resolve": lambda ticket, act: ticket.resolve(act, solution="Optique remplacée."),
    "revise_solution": lambda ticket, act: ticket.revise_solution(act, solution="Optique et jarretière remplacées."),
    "withdraw_solution": lambda ticket, act: ticket.withdraw_solution(act, reason="La panne revient."),
    "approve_solution": lambda ticket, act: ticket.approve_solution(act, solution_version=ticket.solution_version),
    "record_approval": lambda ticket, act: ticket.record_approval(act, note="Alice, par téléphone."),
    "refuse_solution": lambda ticket, act: ticket.refuse_solution(
        act, solution_version=ticket.solution_version, reason="Toujours coupé."
    ),
    "auto_close": lambda ticket, act: ticket.auto_close(act, delay_days=7),
    "reopen": lambda ticket, act: ticket.reopen(act, reason="C’est revenu.", window_days=14),
    "cancel": lambda ticket, act: ticket.cancel(act),
    "request_cancellation": lambda ticket, act: ticket.request_cancellation(act),
    "confirm_cancellation": lambda ticket, act: ticket.confirm_cancellation(act),
    "decline_cancellation": lambda ticket, act: ticket.decline_cancellation(act, reason="La ligne doit être réparée."),
    "add_watcher": lambda ticket, act: ticket.add_watcher(act, watcher=DENIS),
    "remove_watcher": lambda ticket, act: ticket.remove_watcher(act, watcher=DENIS),
    "change_requester": lambda ticket, act: ticket.change_requester(act, requester=DENIS),
}


def outcome(command: str, ticket: Ticket, act: Act) -> Ticket | type[Refusal]:
    """Give the command; answer the ticket, or the refusal where it was refused without a trace."""
    before = repr(ticket)
    try:
        COMMANDS[command](ticket, act)
    except Refusal as refusal:
        assert (ticket.pending_events, repr(ticket)) == ([], before)
        return type(refusal)
    assert {event.actor_id for event in tickets.collected(ticket)} == {act.actor.account_id}
    return ticket
