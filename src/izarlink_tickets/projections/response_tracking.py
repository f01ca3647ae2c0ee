"""Events that start and end a customer's wait for an answer."""

from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES

# A customer who does this waits for an answer.
_QUESTIONS = (
    events.FollowUpAdded,
    events.SolutionRefused,
    events.Reopened,
    events.CancellationRequested,
)
# These answer the customer.
_ANSWERS = (
    events.FollowUpAdded,
    events.InformationRequested,
    events.Held,
    events.Resolved,
    events.SolutionRevised,
    events.SolutionWithdrawn,
    events.CancellationDeclined,
    events.Reopened,
)
# These end the ticket.
_ENDS = (events.SolutionApproved, events.SolutionApprovedOnBehalf, events.AutoClosed, events.Cancelled)


def asks_for_an_answer(event: events.TicketEvent) -> bool:
    """Return whether the customer waits for an answer from this event on."""
    return event.role in CUSTOMER_ROLES and isinstance(event, _QUESTIONS)


def leaves_nothing_unanswered(event: events.TicketEvent) -> bool:
    """Return whether an event that asks for nothing ends the customer's wait."""
    return isinstance(event, (*_ANSWERS, *_ENDS))
