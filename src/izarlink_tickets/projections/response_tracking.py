"""Which events make a customer wait for a word of support, and which give him one."""

from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES

# By these a customer asks for something.
_ASKS = (
    events.FollowUpAdded,
    events.SolutionRefused,
    events.Reopened,
    events.CancellationRequested,
)
# By these support tells the customer something: what he asked for is no longer unanswered.
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
# After these nobody waits for anything.
_ENDS = (events.SolutionApproved, events.SolutionApprovedOnBehalf, events.AutoClosed, events.Cancelled)


def asks_for_an_answer(event: events.TicketEvent) -> bool:
    """Say whether the customer waits for an answer from here on, if he doesn't already."""
    return event.role in CUSTOMER_ROLES and isinstance(event, _ASKS)


def leaves_nothing_unanswered(event: events.TicketEvent) -> bool:
    """Say whether the customer has his answer; asked of what isn't itself a question."""
    return isinstance(event, (*_ANSWERS, *_ENDS))
