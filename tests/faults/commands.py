"""Commands of alice with a file.

Ticket 1 is new, ticket 2 is resolved.
"""

from tests.cast import Cast
from tests.openings import open_incident, resolved_incident

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.domain.vocabulary import CommandContext

FILES = [Upload("mesure.txt", b"2 Mbit/s")]


def open_two(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    resolved_incident(portal, cast)


def follow_up(portal: Portal, context: CommandContext) -> CommandResult:
    return portal.tickets.add_follow_up(context, number=1, text="Toujours lent.", uploads=FILES)


def refuse_solution(portal: Portal, context: CommandContext) -> CommandResult:
    return portal.tickets.refuse_solution(context, number=2, solution_version=1, reason="Toujours lent.", uploads=FILES)


def open_ticket(portal: Portal, context: CommandContext) -> CommandResult:
    return portal.tickets.open(
        context,
        ticket_type="INCIDENT",
        category="DEBIT",
        service_id=None,
        urgency=4,
        title="Débit à 2 Mbit/s",
        description="Depuis ce matin.",
        uploads=FILES,
    )


COMMANDS = (follow_up, refuse_solution, open_ticket)
