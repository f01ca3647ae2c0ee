"""The forms that the ticket's page offers its viewer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import FINISHED, UNRESOLVED, Actor, State
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.tickets import ticket_forms as forms


@dataclass(frozen=True, slots=True)
class AvailableActions:
    """The forms that the page offers.

    reopening: until when. wish: of the cancellation form, if offered. withdrawal: of the request to cancel.
    """

    follow_up: bool = False
    decision: bool = False
    reopening: datetime | None = None
    related: bool = False
    wish: str | None = None
    watchers: bool = False
    withdrawal: bool = False

    @property
    def slugs(self) -> Collection[str]:
        """The slugs of the forms that the page shows."""
        offered = {
            forms.FollowUpForm.slug: self.follow_up,
            forms.ApprovalForm.slug: self.decision,
            forms.RefusalForm.slug: self.decision,
            forms.ReopeningForm.slug: self.reopening is not None,
            forms.CancellationForm.slug: self.wish is not None,
            forms.OwnWatcherForm.slug: self.watchers,
            forms.CancellationWithdrawalForm.slug: self.withdrawal,
        }
        return {slug for slug, is_offered in offered.items() if is_offered}


def available_actions(viewer: Actor, ticket: TicketRow, *, now: datetime, reopen_days: int) -> AvailableActions:
    """Return what the viewer can do with the ticket.

    now: aware UTC. reopen_days: how long a closed ticket can be reopened.
    """
    state = State(ticket.state)
    if not access.speaks_for_customer(viewer, ticket):
        return AvailableActions(related=state in FINISHED)
    last_day = ticket.state_since + timedelta(days=reopen_days)
    return AvailableActions(
        follow_up=state not in FINISHED,
        decision=state is State.RESOLVED and ticket.solution_author_id != viewer.account_id,
        reopening=last_day if state is State.CLOSED and now <= last_day else None,
        related=state in FINISHED,
        wish=_wish(viewer, ticket, state),
        watchers=state not in FINISHED,
        withdrawal=ticket.cancellation_is_requested and state in UNRESOLVED,
    )


def _wish(viewer: Actor, ticket: TicketRow, state: State) -> str | None:
    if state is State.NEW and not ticket.staff_has_acted:
        return forms.CANCEL if viewer.account_id == ticket.requester_id else None
    return forms.ASK if state in UNRESOLVED and not ticket.cancellation_is_requested else None
