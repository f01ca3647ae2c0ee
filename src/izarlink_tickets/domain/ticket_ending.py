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
    Act,
    Awaiting,
    Channel,
    File,
    State,
)


class TicketEnding(TicketState):
    """The commands about the solution and the withdrawal."""

    # --- the solution -------------------------------------------------------------------------------------------------

    def resolve(self, act: Act, *, solution: str) -> None:
        """Propose a solution (R32)."""
        require_staff_decision(self, act, UNRESOLVED)
        solution = text_of(solution, field="solution")
        self.take_charge_if_nobody_has(act)
        self._propose(events.Resolved, act, solution)

    def revise_solution(self, act: Act, *, solution: str) -> None:
        """Replace the pending solution by a better text."""
        require_staff_decision(self, act, {State.RESOLU})
        self._propose(events.SolutionRevised, act, text_of(solution, field="solution"))

    def withdraw_solution(self, act: Act, *, reason: str) -> None:
        """Take the pending solution back and go on working."""
        require_staff_decision(self, act, {State.RESOLU})
        reason = text_of(reason, field="reason")
        self.record(events.SolutionWithdrawn, act, state=State.EN_COURS, reason=reason)

    def approve_solution(self, act: Act, *, solution_version: int, comment: str = "") -> None:
        """Close the ticket, as only the customer can (R35–R37). solution_version: the one that was read."""
        require_customer_voice(self, act)
        if act.actor.account_id == self.solution_author_id:
            raise errors.SolutionApprovedByItsAuthor
        require_solution(self, solution_version)
        comment = optional_text_of(comment, field="comment")
        self.record(
            events.SolutionApproved, act, state=State.CLOTURE, comment=comment, solution_version=solution_version
        )

    def record_approval(self, act: Act, *, note: str) -> None:
        """Close the ticket on an approval given by phone; the note names who gave it.

        Who wrote the solution may record it, being the one who was on the phone: the customer is mailed what was noted,
        and can reopen the ticket.
        """
        require_staff_decision(self, act, {State.RESOLU})
        self.record(
            events.SolutionApprovedOnBehalf,
            # Wherever it is typed in, that is how it was given.
            replace(act, channel=Channel.PHONE),
            state=State.CLOTURE,
            note=text_of(note, field="note"),
            solution_version=self.solution_version,
        )

    def refuse_solution(self, act: Act, *, solution_version: int, reason: str, files: Sequence[File] = ()) -> None:
        """Send the ticket back to work, with a reason (R38)."""
        require_customer_voice(self, act)
        require_solution(self, solution_version)
        require_files(files)
        reason = text_of(reason, field="reason")
        self.record(
            events.SolutionRefused, act, state=self._back_to_work(), reason=reason, solution_version=solution_version
        )
        self.attach(act, files)

    def auto_close(self, act: Act, *, delay_days: int) -> None:
        """Close a solution that nobody answered though the customer was reminded. delay_days: 0 means never.

        Raises: TooEarly. Source: R35.
        """
        access.require(allowed=access.is_system(act.actor))
        require_state(self, {State.RESOLU})
        is_silent = self.reminders > 0 and not self.was_followed_up
        times = {"waiting_since": self.waiting_since, "reminded_at": self.reminded_at}
        if not (delay_days > 0 and is_silent and act.at >= closing_time(**times, delay_days=delay_days)):
            raise errors.TooEarly
        self.record(
            events.AutoClosed,
            act,
            state=State.CLOTURE,
            delay_days=delay_days,
            solution_version=self.solution_version,
        )

    def reopen(self, act: Act, *, reason: str, window_days: int) -> None:
        """Bring a closed ticket back within the window (R39). Raises: ReopeningTooLate."""
        access.require(allowed=access.speaks_for_customer(act.actor, self) or access.is_staff(act.actor))
        require_state(self, {State.CLOTURE})
        require_seen(self, act)
        if act.at > self.state_since + timedelta(days=window_days):
            raise errors.ReopeningTooLate(window_days)
        self.record(events.Reopened, act, state=self._back_to_work(), reason=text_of(reason, field="reason"))

    # --- withdrawing --------------------------------------------------------------------------------------------------

    def cancel(self, act: Act, *, reason: str = "") -> None:
        """Withdraw a ticket that nobody has touched yet: the requester alone (R40)."""
        access.require(
            allowed=access.speaks_for_customer(act.actor, self) and act.actor.account_id == self.requester_id
        )
        require_state(self, UNFINISHED)
        if self.state is not State.NOUVEAU or self.staff_has_acted:
            raise errors.StaffHasActed
        self.record(events.Cancelled, act, state=State.ANNULE, reason=optional_text_of(reason, field="reason"))

    def request_cancellation(self, act: Act, *, reason: str = "") -> None:
        """Ask support to drop a ticket that it has touched, so that it can't be withdrawn alone any more (R40)."""
        require_customer_voice(self, act)
        require_state(self, UNRESOLVED if self.staff_has_acted else BEING_WORKED_ON)
        if self.cancellation_is_requested:
            raise errors.CancellationAlreadyRequested
        self.record(events.CancellationRequested, act, reason=optional_text_of(reason, field="reason"))

    def confirm_cancellation(self, act: Act) -> None:
        """Grant the customer's wish to cancel."""
        require_cancellation_request(self, act)
        self.record(events.Cancelled, act, state=State.ANNULE, reason="")

    def decline_cancellation(self, act: Act, *, reason: str) -> None:
        """Go on with the ticket and say why."""
        require_cancellation_request(self, act)
        self.record(events.CancellationDeclined, act, reason=text_of(reason, field="reason"))

    def remind(self, act: Act, *, information_days: int, solution_days: int) -> None:
        """Remind the customer, once, of a question or of a solution that was left without an answer.

        information_days, solution_days: of silence; 0 means never. Raises: NothingChanges, TooEarly.
        """
        access.require(allowed=access.is_system(act.actor))
        asks = self.awaiting is Awaiting.CUSTOMER
        if not asks:
            require_state(self, {State.RESOLU})
        if self.was_answered or self.reminders:
            raise errors.NothingChanges
        delay_days = information_days if asks else solution_days
        if delay_days <= 0 or act.at < self.waiting_since + timedelta(days=delay_days):
            raise errors.TooEarly
        self.record(events.ReminderSent, act, rank=self.reminders + 1)

    # --- shared -------------------------------------------------------------------------------------------------------

    def _propose(self, event_class: type[events.Resolved | events.SolutionRevised], act: Act, solution: str) -> None:
        self.record(
            event_class,
            act,
            state=State.RESOLU,
            solution=solution,
            solution_version=self.solution_version + 1,
        )

    def _back_to_work(self) -> State:
        return State.EN_COURS if self.assignee_id else State.NOUVEAU
