"""How a ticket comes to its end: the solution, the approval, the return to work, the withdrawal (guide §6, R32–R40).

Decide, then apply, as in `ticket.py`, of which this is the second half.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from izarlink_tickets.domain import access, errors, events
from izarlink_tickets.domain.closing import closing_time
from izarlink_tickets.domain.text import optional_text_of, text_of
from izarlink_tickets.domain.ticket_guards import (
    require_cancellation_request,
    require_customer_voice,
    require_files,
    require_seen,
    require_solution,
    require_staff_decision,
    require_state,
)
from izarlink_tickets.domain.ticket_state import TicketState
from izarlink_tickets.domain.vocabulary import (
    BEING_WORKED_ON,
    UNFINISHED,
    UNRESOLVED,
    Awaiting,
    Channel,
    CommandContext,
    File,
    State,
)


class TicketEnding(TicketState):
    """The commands about the solution and the withdrawal."""

    # --- the solution -------------------------------------------------------------------------------------------------

    def resolve(self, context: CommandContext, *, solution: str) -> None:
        """Propose a solution (R32)."""
        require_staff_decision(self, context, UNRESOLVED)
        solution = text_of(solution, field="solution")
        self.assign_to_actor_if_unassigned(context)
        self._propose(events.Resolved, context, solution)

    def revise_solution(self, context: CommandContext, *, solution: str) -> None:
        """Replace the pending solution by a better text."""
        require_staff_decision(self, context, {State.RESOLVED})
        self._propose(events.SolutionRevised, context, text_of(solution, field="solution"))

    def withdraw_solution(self, context: CommandContext, *, reason: str) -> None:
        """Take the pending solution back and go on working."""
        require_staff_decision(self, context, {State.RESOLVED})
        reason = text_of(reason, field="reason")
        self.record(events.SolutionWithdrawn, context, state=State.IN_PROGRESS, reason=reason)

    def approve_solution(self, context: CommandContext, *, solution_version: int, comment: str = "") -> None:
        """Close the ticket, as only the customer can (R35–R37). solution_version: the one that was read."""
        require_customer_voice(self, context)
        if context.actor.account_id == self.solution_author_id:
            raise errors.SolutionApprovedByItsAuthor
        require_solution(self, solution_version)
        comment = optional_text_of(comment, field="comment")
        self.record(
            events.SolutionApproved, context, state=State.CLOSED, comment=comment, solution_version=solution_version
        )

    def record_approval(self, context: CommandContext, *, note: str) -> None:
        """Close the ticket on an approval given by phone; the note names who gave it.

        Who wrote the solution may record it, being the one who was on the phone: the customer is mailed what was noted,
        and can reopen the ticket.
        """
        require_staff_decision(self, context, {State.RESOLVED})
        self.record(
            events.SolutionApprovedOnBehalf,
            # Wherever it is typed in, that is how it was given.
            replace(context, channel=Channel.PHONE),
            state=State.CLOSED,
            note=text_of(note, field="note"),
            solution_version=self.solution_version,
        )

    def refuse_solution(
        self, context: CommandContext, *, solution_version: int, reason: str, files: Sequence[File] = ()
    ) -> None:
        """Send the ticket back to work, with a reason (R38)."""
        require_customer_voice(self, context)
        require_solution(self, solution_version)
        require_files(files)
        reason = text_of(reason, field="reason")
        self.record(
            events.SolutionRefused,
            context,
            state=self._back_to_work(),
            reason=reason,
            solution_version=solution_version,
        )
        self.attach(context, files)

    def auto_close(self, context: CommandContext, *, delay_days: int) -> None:
        """Close a solution that nobody answered though the customer was reminded. delay_days: 0 means never.

        Raises: TooEarly. Source: R35.
        """
        access.require(allowed=access.is_system(context.actor))
        require_state(self, {State.RESOLVED})
        is_silent = self.reminders > 0 and not self.was_followed_up
        times = {"waiting_since": self.waiting_since, "reminded_at": self.reminded_at}
        if not (delay_days > 0 and is_silent and context.at >= closing_time(**times, delay_days=delay_days)):
            raise errors.TooEarly
        self.record(
            events.AutoClosed,
            context,
            state=State.CLOSED,
            delay_days=delay_days,
            solution_version=self.solution_version,
        )

    def reopen(self, context: CommandContext, *, reason: str, window_days: int) -> None:
        """Bring a closed ticket back within the window (R39). Raises: ReopeningTooLate."""
        access.require(allowed=access.speaks_for_customer(context.actor, self) or access.is_staff(context.actor))
        require_state(self, {State.CLOSED})
        require_seen(self, context)
        if context.at > self.state_since + timedelta(days=window_days):
            raise errors.ReopeningTooLate(window_days)
        self.record(events.Reopened, context, state=self._back_to_work(), reason=text_of(reason, field="reason"))

    # --- withdrawing --------------------------------------------------------------------------------------------------

    def cancel(self, context: CommandContext, *, reason: str = "") -> None:
        """Withdraw a ticket that nobody has touched yet: the requester alone (R40)."""
        access.require(
            allowed=access.speaks_for_customer(context.actor, self) and context.actor.account_id == self.requester_id
        )
        require_state(self, UNFINISHED)
        if self.state is not State.NEW or self.staff_has_acted:
            raise errors.StaffHasActed
        self.record(events.Cancelled, context, state=State.CANCELLED, reason=optional_text_of(reason, field="reason"))

    def request_cancellation(self, context: CommandContext, *, reason: str = "") -> None:
        """Ask support to drop a ticket that it has touched, so that it can't be withdrawn alone any more (R40)."""
        require_customer_voice(self, context)
        require_state(self, UNRESOLVED if self.staff_has_acted else BEING_WORKED_ON)
        if self.cancellation_is_requested:
            raise errors.CancellationAlreadyRequested
        self.record(events.CancellationRequested, context, reason=optional_text_of(reason, field="reason"))

    def confirm_cancellation(self, context: CommandContext) -> None:
        """Grant the customer's wish to cancel."""
        require_cancellation_request(self, context)
        self.record(events.Cancelled, context, state=State.CANCELLED, reason="")

    def decline_cancellation(self, context: CommandContext, *, reason: str) -> None:
        """Go on with the ticket and say why."""
        require_cancellation_request(self, context)
        self.record(events.CancellationDeclined, context, reason=text_of(reason, field="reason"))

    def remind(self, context: CommandContext, *, information_days: int, solution_days: int) -> None:
        """Remind the customer, once, of a question or of a solution that was left without an answer.

        information_days, solution_days: of silence; 0 means never. Raises: NothingChanges, TooEarly.
        """
        access.require(allowed=access.is_system(context.actor))
        asks = self.awaiting is Awaiting.CUSTOMER
        if not asks:
            require_state(self, {State.RESOLVED})
        if self.was_answered or self.reminders:
            raise errors.NothingChanges
        delay_days = information_days if asks else solution_days
        if delay_days <= 0 or context.at < self.waiting_since + timedelta(days=delay_days):
            raise errors.TooEarly
        self.record(events.ReminderSent, context, rank=self.reminders + 1)

    # --- shared -------------------------------------------------------------------------------------------------------

    def _propose(
        self, event_class: type[events.Resolved | events.SolutionRevised], context: CommandContext, solution: str
    ) -> None:
        self.record(
            event_class,
            context,
            state=State.RESOLVED,
            solution=solution,
            solution_version=self.solution_version + 1,
        )

    def _back_to_work(self) -> State:
        return State.IN_PROGRESS if self.assignee_id else State.NEW
