"""Every command on an existing ticket, with valid arguments."""

from collections.abc import Callable

from tests.domain import tickets
from tests.domain.people import BILLING, DENIS, NORA, SAM, by

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext, SilenceCause

COMMANDS: dict[str, Callable[[Ticket, CommandContext], None]] = {
    "assign": lambda ticket, context: ticket.assign(context, assignee=NORA),
    "requalify": lambda ticket, context: ticket.requalify(
        context, category=BILLING, service=None, urgency=None, impact=2, reason="C’est une facture."
    ),
    "add_follow_up": lambda ticket, context: ticket.add_follow_up(context, text="Toujours rien."),
    "add_internal_note": lambda ticket, context: ticket.add_internal_note(context, text="Voir l’optique du NRO."),
    "request_information": lambda ticket, context: ticket.request_information(context, question="Quel voyant ?"),
    "remind": lambda ticket, context: ticket.remind(context, information_days=2, solution_days=2),
    "report_silence": lambda ticket, context: ticket.report_silence(context, cause=SilenceCause.NO_ANSWER),
    "restart_wait": lambda ticket, context: ticket.restart_wait(context),
    "hold": lambda ticket, context: ticket.hold(context, reason="L’opérateur intervient.", until=by(SAM, days=99).at),
    "resume": lambda ticket, context: ticket.resume(context),
    "resolve": lambda ticket, context: ticket.resolve(context, solution="Optique remplacée."),
    "revise_solution": lambda ticket, context: ticket.revise_solution(
        context, solution="Optique et jarretière remplacées."
    ),
    "withdraw_solution": lambda ticket, context: ticket.withdraw_solution(context, reason="La panne revient."),
    "approve_solution": lambda ticket, context: ticket.approve_solution(
        context, solution_version=ticket.solution_version
    ),
    "record_approval": lambda ticket, context: ticket.record_approval(context, note="Alice, par téléphone."),
    "refuse_solution": lambda ticket, context: ticket.refuse_solution(
        context, solution_version=ticket.solution_version, reason="Toujours coupé."
    ),
    "auto_close": lambda ticket, context: ticket.auto_close(context, delay_days=7, today=context.at.date()),
    "reopen": lambda ticket, context: ticket.reopen(context, reason="C’est revenu.", window_days=14),
    "cancel": lambda ticket, context: ticket.cancel(context),
    "request_cancellation": lambda ticket, context: ticket.request_cancellation(context),
    "withdraw_cancellation_request": lambda ticket, context: ticket.withdraw_cancellation_request(context),
    "confirm_cancellation": lambda ticket, context: ticket.confirm_cancellation(context),
    "decline_cancellation": lambda ticket, context: ticket.decline_cancellation(
        context, reason="La ligne doit être réparée."
    ),
    "add_watcher": lambda ticket, context: ticket.add_watcher(context, watcher=DENIS),
    "remove_watcher": lambda ticket, context: ticket.remove_watcher(context, watcher=DENIS),
    "change_requester": lambda ticket, context: ticket.change_requester(context, requester=DENIS),
}


def outcome(command: str, ticket: Ticket, context: CommandContext) -> Ticket | type[Refusal]:
    """Run the command; return the ticket, or the class of its refusal."""
    before = repr(ticket)
    try:
        COMMANDS[command](ticket, context)
    except Refusal as refusal:
        assert (ticket.pending_events, repr(ticket)) == ([], before)
        return type(refusal)
    assert {event.actor_id for event in tickets.collected(ticket)} == {context.actor.account_id}
    return ticket
