"""The ticket aggregate: one public method per command.

Decide, then apply: a method checks every rule before it records an event, so a refusal leaves no event. Actor and time
come in with the context; files are stored before they are recorded here. Texts are cleaned and bounded here, for every
entry point.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta
from functools import singledispatch
from typing import Any, ClassVar, Self

from eventsourcing.domain import Aggregate
from eventsourcing.utils import register_topic

from izarlink_tickets.domain import access, errors, events
from izarlink_tickets.domain import ticket_guards as guards
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.qualification import Qualification, require_category, require_service, require_urgency
from izarlink_tickets.domain.text import optional_text_of, text_of, title_of
from izarlink_tickets.domain.vocabulary import (
    ACTIONABLE,
    CUSTOMER_URGENCIES,
    IMPACTS,
    NOT_CANCELLED,
    STARTED,
    UNFINISHED,
    UNRESOLVED,
    Actor,
    Awaiting,
    Category,
    Channel,
    CommandContext,
    File,
    Service,
    SilenceCause,
    State,
    TicketType,
    Urgency,
)
from izarlink_tickets.domain.waiting import CustomerWait


class Ticket(Aggregate):
    """One Incident or Demande of one customer. Times are aware UTC."""

    # Not annotated: the library would take an annotated class for a dataclass and write an __init__ of its own.
    TOPIC = "ticket"

    class Created(Aggregate.Created):
        """Never recorded; the library requires a topic for it."""

        TOPIC: ClassVar[str] = "ticket.created"

    def __init__(self) -> None:
        self.number = 0
        self.organisation_id = ""
        self.requester_id = ""
        self.watcher_ids: set[str] = set()
        self.assignee_id: str | None = None
        self.qualification = Qualification(TicketType.INCIDENT, "", None, None, 0)
        self.state = State.NEW
        self.state_since = self.created_on
        self.awaiting: Awaiting | None = None
        self.customer_wait = CustomerWait(self.created_on)
        self.held_until = self.created_on
        self.solution_version = 0
        self.solution_author_id: str | None = None
        self.staff_has_acted = False
        self.cancellation_is_requested = False

    # --- opening and qualifying ---------------------------------------------------------------------------------------

    @classmethod
    def open(
        cls,
        context: CommandContext,
        *,
        number: int,
        requester: Actor,
        category: Category,
        service: Service | None,
        urgency: Urgency | None,
        title: str,
        description: str,
        files: Sequence[File] = (),
        related_to: "Ticket | None" = None,
    ) -> Self:
        """Record a new ticket for its requester.

        requester: the actor, unless staff opens on a customer's behalf.
        service: None for « Autre / je ne sais pas ».
        related_to: the finished ticket that this one continues.
        Raises: NotAllowed, PersonNotEligible, ServiceNotOfOrganisation, CategoryNotActive, UrgencyMissing,
        UrgencyNotAllowed, TextRefused, TooManyFiles, RelationNotPossible.
        Source: guide §3.
        """
        is_own = context.actor.account_id == requester.account_id
        access.require(allowed=access.is_staff(context.actor) or (access.is_customer(context.actor) and is_own))
        if not access.is_customer(requester) or requester.organisation_id is None:
            raise errors.PersonNotEligible
        require_service(service, requester.organisation_id)
        require_category(category)
        require_urgency(category.ticket_type, urgency, allowed=CUSTOMER_URGENCIES)
        guards.require_files(files)
        guards.require_relation(related_to, requester.organisation_id)
        qualification = Qualification.of(category, service, urgency, impact=category.default_impact)
        ticket = cls._create(
            events.Opened,
            id=events.stream_of(number),
            timestamp=context.at,
            sealed_for=requester.account_id,
            previous_state=None,
            state=State.NEW.value,
            awaiting=None,
            number=number,
            organisation_id=requester.organisation_id,
            requester_id=requester.account_id,
            **qualification.event_fields(),
            title=title_of(title),
            description=text_of(description, field="description"),
            related_to=related_to.number if related_to else None,
            **context.author_fields(),
        )
        ticket.attach(context, files)
        return ticket

    def requalify(
        self,
        context: CommandContext,
        *,
        category: Category,
        service: Service | None,
        urgency: Urgency | None,
        impact: int,
        reason: str = "",
    ) -> None:
        """Correct type, category, service, urgency and impact; the priority follows.

        reason: required when the type changes.
        """
        guards.require_staff_decision(self, context, UNRESOLVED)
        require_service(service, self.organisation_id, current_id=self.qualification.service_id)
        require_category(category, current=self.qualification.category)
        require_urgency(category.ticket_type, urgency, allowed=tuple(Urgency))
        if impact not in IMPACTS:
            raise errors.UnknownChoice("impact")
        before, after = self.qualification, Qualification.of(category, service, urgency, impact=impact)
        changes_type = before.ticket_type != after.ticket_type
        reason = text_of(reason, field="reason") if changes_type else optional_text_of(reason, field="reason")
        if before == after:
            raise errors.NothingChanges
        self._record(events.Requalified, context, previous=before.event_fields(), reason=reason, **after.event_fields())

    def assign(self, context: CommandContext, *, assignee: Actor, seen_assignee: str | None = None) -> None:
        """Assign the ticket to the actor or a colleague.

        seen_assignee: who was in charge on the actor's page, empty for nobody. None: the actor read the whole ticket.
        """
        guards.require_staff_decision(self, context, UNFINISHED)
        if not access.is_staff(assignee):
            raise errors.PersonNotEligible
        if assignee.account_id == self.assignee_id:
            raise errors.AlreadyAssigned
        if seen_assignee is not None and self.assignee_id not in {None, seen_assignee}:
            raise errors.AssignedMeanwhile(self.assignee_id)
        self._assign_to(context, assignee.account_id)

    # --- messages -----------------------------------------------------------------------------------------------------

    def add_follow_up(self, context: CommandContext, *, text: str, files: Sequence[File] = ()) -> None:
        """Add a message or files; a customer's answer resumes the ticket."""
        is_by_customer = access.speaks_for_customer(context.actor, self)
        access.require(allowed=is_by_customer or access.is_staff(context.actor))
        guards.require_state(self, UNFINISHED)
        guards.require_files(files)
        text = optional_text_of(text, field="comment")
        if not text and not files:
            raise errors.NothingToAdd
        self._record(events.FollowUpAdded, context, text=text)
        self.attach(context, files)
        if is_by_customer and self.awaiting is Awaiting.CUSTOMER:
            self._record(events.Resumed, context, state=State.IN_PROGRESS)

    def add_internal_note(self, context: CommandContext, *, text: str, mentioned: Sequence[Actor] = ()) -> None:
        """Add a note that only staff sees. mentioned: the colleagues to notify."""
        guards.require_staff(context)
        guards.require_state(self, NOT_CANCELLED)
        if not all(access.is_staff(colleague) for colleague in mentioned):
            raise errors.PersonNotEligible
        mentioned_ids = [colleague.account_id for colleague in mentioned]
        self._record(events.InternalNoteAdded, context, text=text_of(text, field="note"), mentioned_ids=mentioned_ids)

    # --- waiting ------------------------------------------------------------------------------------------------------

    def request_information(self, context: CommandContext, *, question: str) -> None:
        """Ask the customer and wait for the answer."""
        guards.require_staff_decision(self, context, UNRESOLVED)
        question = text_of(question, field="question")
        self._assign_to_actor_if_unassigned(context)
        self._record(
            events.InformationRequested, context, state=State.PENDING, awaiting=Awaiting.CUSTOMER, question=question
        )

    def hold(self, context: CommandContext, *, reason: str, until: datetime) -> None:
        """Wait for a third party.

        until: the beginning of the expected day, aware, in the time zone of who chose it.
        """
        guards.require_staff_decision(self, context, ACTIONABLE)
        reason = text_of(reason, field="reason")
        if until <= context.at:
            raise errors.DateNotInFuture
        self._assign_to_actor_if_unassigned(context)
        facts: dict[str, Any] = {"reason": reason, "until": until.isoformat(), "until_day": until.date().isoformat()}
        self._record(events.Held, context, state=State.PENDING, awaiting=Awaiting.THIRD_PARTY, **facts)

    def resume(self, context: CommandContext) -> None:
        """End the wait; the portal may do so on the expected date."""
        access.require(allowed=access.is_staff(context.actor) or access.is_system(context.actor))
        guards.require_state(self, {State.PENDING})
        guards.require_seen(self, context)
        is_due = self.awaiting is Awaiting.THIRD_PARTY and context.at >= self.held_until
        if access.is_system(context.actor) and not is_due:
            raise errors.TooEarly
        self._record(events.Resumed, context, state=State.IN_PROGRESS)

    def remind(
        self, context: CommandContext, *, information_days: int, solution_days: int, closes_on: date | None = None
    ) -> None:
        """Remind the customer, once, of an open question or solution.

        information_days, solution_days: of silence; 0 means never.
        closes_on: the day that the reminder names, before which the solution is not closed; None where closing is off.
        A question, and a solution after which somebody has written, is not closed. A solution is reminded of again to
        name a day, or a later one.
        Raises: NothingChanges, TooEarly.
        """
        wait, is_question = self._required_wait(context), self.awaiting is Awaiting.CUSTOMER
        closes_on = None if is_question or wait.was_followed_up else closes_on
        if not wait.may_be_reminded(closes_on=closes_on):
            raise errors.NothingChanges
        delay_days = information_days if is_question else solution_days
        if not wait.is_reminder_due(context.at, delay_days=delay_days):
            raise errors.TooEarly
        day = closes_on.isoformat() if closes_on else None
        self._record(events.ReminderSent, context, rank=wait.reminders + 1, closes_on=day)

    def report_silence(self, context: CommandContext, *, cause: SilenceCause) -> None:
        """Report to support, once, that no answer is to be expected.

        Raises: NothingChanges, TooEarly.
        """
        wait = self._required_wait(context)
        if wait.was_answered or wait.was_reported:
            raise errors.NothingChanges
        if cause is not SilenceCause.ACCOUNT_CLOSED and not wait.had_notice(context.at):
            raise errors.TooEarly
        self._record(events.SilenceReported, context, cause=cause.value)

    def restart_wait(self, context: CommandContext) -> None:
        """Begin the wait for the customer anew, if it is dated ahead.

        Raises: NothingChanges.
        """
        if not self._required_wait(context).is_ahead_of(context.at):
            raise errors.NothingChanges
        self._record(events.WaitRestarted, context)

    # --- solution and closing -----------------------------------------------------------------------------------------

    def resolve(self, context: CommandContext, *, solution: str) -> None:
        """Propose a solution."""
        guards.require_staff_decision(self, context, UNRESOLVED)
        solution = text_of(solution, field="solution")
        self._assign_to_actor_if_unassigned(context)
        self._propose(events.Resolved, context, solution)

    def revise_solution(self, context: CommandContext, *, solution: str) -> None:
        """Replace the text of the pending solution."""
        guards.require_staff_decision(self, context, {State.RESOLVED})
        self._propose(events.SolutionRevised, context, text_of(solution, field="solution"))

    def withdraw_solution(self, context: CommandContext, *, reason: str) -> None:
        """Withdraw the pending solution and go back to work."""
        guards.require_staff_decision(self, context, {State.RESOLVED})
        reason = text_of(reason, field="reason")
        self._record(events.SolutionWithdrawn, context, state=State.IN_PROGRESS, reason=reason)

    def approve_solution(self, context: CommandContext, *, solution_version: int, comment: str = "") -> None:
        """Close the ticket, as only the customer can.

        Source: guide §6, « vous devez approuver la solution pour que le ticket passe à l'état CLOTURE ».
        """
        guards.require_customer_voice(self, context)
        if context.actor.account_id == self.solution_author_id:
            raise errors.SolutionApprovedByItsAuthor
        guards.require_solution(self, solution_version)
        comment = optional_text_of(comment, field="comment")
        self._close(events.SolutionApproved, context, comment=comment)

    def record_approval(self, context: CommandContext, *, note: str) -> None:
        """Close the ticket on an approval by phone. note: who approved.

        The author of the solution may record it, as the person on the phone: the customer receives the note by mail and
        can reopen the ticket.
        """
        guards.require_staff_decision(self, context, {State.RESOLVED})
        note = text_of(note, field="note")
        self._close(events.SolutionApprovedOnBehalf, replace(context, channel=Channel.PHONE), note=note)

    def refuse_solution(
        self, context: CommandContext, *, solution_version: int, reason: str, files: Sequence[File] = ()
    ) -> None:
        """Send the ticket back to work, with a reason."""
        guards.require_customer_voice(self, context)
        guards.require_solution(self, solution_version)
        guards.require_files(files)
        reason = text_of(reason, field="reason")
        facts: dict[str, Any] = {"reason": reason, "solution_version": solution_version}
        self._record(events.SolutionRefused, context, state=self._work_state(), **facts)
        self.attach(context, files)

    def auto_close(self, context: CommandContext, *, delay_days: int, today: date) -> None:
        """Close a solution that a reminded customer left unanswered.

        delay_days: today's setting; 0 means never. today: the date where the requester lives. The day that the reminder
        named binds, whatever the setting has become. Raises: TooEarly.
        """
        access.require(allowed=access.is_system(context.actor))
        guards.require_state(self, {State.RESOLVED})
        wait = self.customer_wait
        if delay_days <= 0 or not wait.is_closing_due(context.at, today=today):
            raise errors.TooEarly
        waited_days = (context.at - wait.since).days
        self._close(events.AutoClosed, context, delay_days=delay_days, waited_days=waited_days)

    def reopen(self, context: CommandContext, *, reason: str, window_days: int) -> None:
        """Reopen a closed ticket within the window. Raises: ReopeningTooLate."""
        access.require(allowed=access.speaks_for_customer(context.actor, self) or access.is_staff(context.actor))
        guards.require_state(self, {State.CLOSED})
        guards.require_seen(self, context)
        if context.at > self.state_since + timedelta(days=window_days):
            raise errors.ReopeningTooLate(window_days)
        self._record(events.Reopened, context, state=self._work_state(), reason=text_of(reason, field="reason"))

    # --- cancelling ---------------------------------------------------------------------------------------------------

    def cancel(self, context: CommandContext, *, reason: str = "") -> None:
        """Cancel a ticket that support has not touched; only the requester can."""
        is_requester = context.actor.account_id == self.requester_id
        access.require(allowed=access.speaks_for_customer(context.actor, self) and is_requester)
        guards.require_state(self, UNFINISHED)
        if self.state is not State.NEW or self.staff_has_acted:
            raise errors.StaffHasActed
        reason = optional_text_of(reason, field="reason")
        self._record(events.Cancelled, context, state=State.CANCELLED, reason=reason)

    def request_cancellation(self, context: CommandContext, *, reason: str = "") -> None:
        """Ask support to cancel a ticket that it has already touched."""
        guards.require_customer_voice(self, context)
        guards.require_state(self, UNRESOLVED if self.staff_has_acted else STARTED)
        if self.cancellation_is_requested:
            raise errors.CancellationAlreadyRequested
        self._record(events.CancellationRequested, context, reason=optional_text_of(reason, field="reason"))

    def withdraw_cancellation_request(self, context: CommandContext) -> None:
        """Take the request to cancel back; the work goes on."""
        guards.require_customer_voice(self, context)
        guards.require_cancellation_request(self)
        self._record(events.CancellationRequestWithdrawn, context)

    def confirm_cancellation(self, context: CommandContext) -> None:
        """Cancel the ticket as the customer requested."""
        guards.require_answer_to_cancellation(self, context)
        self._record(events.Cancelled, context, state=State.CANCELLED, reason="")

    def decline_cancellation(self, context: CommandContext, *, reason: str) -> None:
        """Continue the ticket despite the request to cancel it."""
        guards.require_answer_to_cancellation(self, context)
        self._record(events.CancellationDeclined, context, reason=text_of(reason, field="reason"))

    # --- watchers and requester ---------------------------------------------------------------------------------------

    def add_watcher(self, context: CommandContext, *, watcher: Actor) -> None:
        """Add a colleague of the requester as a watcher."""
        guards.require_choice_of_watchers(self, context)
        guards.require_state(self, NOT_CANCELLED)
        guards.require_colleague(self, watcher)
        if watcher.account_id in {self.requester_id, *self.watcher_ids}:
            raise errors.AlreadyConcerned
        guards.require_place_for_watcher(self.watcher_ids)
        self._record(events.WatcherAdded, context, watcher_id=watcher.account_id)

    def remove_watcher(self, context: CommandContext, *, watcher: Actor) -> None:
        """Remove a watcher, even one who has left the company."""
        guards.require_choice_of_watchers(self, context)
        guards.require_state(self, NOT_CANCELLED)
        if watcher.account_id not in self.watcher_ids:
            raise errors.NothingChanges
        self._record(events.WatcherRemoved, context, watcher_id=watcher.account_id)

    def change_requester(self, context: CommandContext, *, requester: Actor) -> None:
        """Change the requester to another person of the same company."""
        guards.require_staff(context)
        guards.require_state(self, NOT_CANCELLED)
        guards.require_colleague(self, requester)
        if requester.account_id == self.requester_id:
            raise errors.AlreadyConcerned
        facts: dict[str, Any] = {"requester_id": requester.account_id, "previous_requester_id": self.requester_id}
        self._record(events.RequesterChanged, context, **facts)

    # --- recording ----------------------------------------------------------------------------------------------------

    def sealing_account(self, context: CommandContext) -> str:
        """Return the account whose key seals the command's texts and files.

        A customer's own account; for the words of support and of the portal, the requester's. Source: ADR 0003.
        """
        is_by_customer = context.actor.role in CUSTOMER_ROLES
        return context.actor.account_id if is_by_customer else self.requester_id

    def _record(
        self,
        event_class: type[events.TicketEvent],
        context: CommandContext,
        *,
        state: State | None = None,
        awaiting: Awaiting | None = None,
        **facts: Any,  # noqa: ANN401 - the fields of the event class, checked by its constructor
    ) -> None:
        """Trigger an event with the common fields. state: None keeps the state."""
        awaited = awaiting if state else self.awaiting
        self.trigger_event(
            event_class,
            timestamp=context.at,
            sealed_for=self.sealing_account(context),
            previous_state=self.state.value,
            state=(state or self.state).value,
            awaiting=awaited.value if awaited else None,
            **context.author_fields(),
            **facts,
        )

    def attach(self, context: CommandContext, files: Sequence[File]) -> None:
        """Record the stored files of a command."""
        for file in files:
            self._record(events.AttachmentAdded, context, **asdict(file))

    def _assign_to(self, context: CommandContext, assignee_id: str) -> None:
        """Record who is in charge; a new ticket is then in progress."""
        state, previous_id = State.IN_PROGRESS if self.state is State.NEW else None, self.assignee_id
        self._record(events.Assigned, context, state=state, assignee_id=assignee_id, previous_assignee_id=previous_id)

    def _assign_to_actor_if_unassigned(self, context: CommandContext) -> None:
        if self.assignee_id is None:
            self._assign_to(context, context.actor.account_id)

    def _propose(
        self, event_class: type[events.Resolved | events.SolutionRevised], context: CommandContext, solution: str
    ) -> None:
        version = self.solution_version + 1
        self._record(event_class, context, state=State.RESOLVED, solution=solution, solution_version=version)

    def _close(
        self,
        event_class: type[events.SolutionApproved | events.SolutionApprovedOnBehalf | events.AutoClosed],
        context: CommandContext,
        **facts: Any,  # noqa: ANN401 - as for `_record`
    ) -> None:
        self._record(event_class, context, state=State.CLOSED, solution_version=self.solution_version, **facts)

    def _required_wait(self, context: CommandContext) -> CustomerWait:
        """Return the wait for the customer, on which only the portal acts."""
        access.require(allowed=access.is_system(context.actor))
        if self.awaiting is not Awaiting.CUSTOMER:
            guards.require_state(self, {State.RESOLVED})
        return self.customer_wait

    def _work_state(self) -> State:
        return State.IN_PROGRESS if self.assignee_id else State.NEW

    # --- applying: copies what decisions need; checks nothing, so that old tickets open under new rules --------------

    def when(self, event: events.TicketEvent) -> None:
        """Apply an event to the ticket."""
        if event.state != event.previous_state:
            self.state_since = event.timestamp
        # Compared first: an enum's member costs more than the comparison, and most events keep both.
        if self.state != event.state:
            self.state = State(event.state)
        if self.awaiting != event.awaiting:
            self.awaiting = Awaiting(event.awaiting) if event.awaiting else None
        self.staff_has_acted = self.staff_has_acted or events.is_staff_action(event)
        _apply(event, self)


@singledispatch
def _apply(_event: events.TicketEvent, _ticket: Ticket) -> None:
    """Apply nothing: for the other events the state is enough."""


@_apply.register
def _(event: events.Opened, ticket: Ticket) -> None:
    ticket.number = event.number
    ticket.organisation_id = event.organisation_id
    ticket.requester_id = event.requester_id
    ticket.qualification = Qualification.recorded_in(event)


@_apply.register
def _(event: events.Requalified, ticket: Ticket) -> None:
    ticket.qualification = Qualification.recorded_in(event)


@_apply.register
def _(event: events.Assigned, ticket: Ticket) -> None:
    ticket.assignee_id = event.assignee_id


@_apply.register
def _(event: events.FollowUpAdded, ticket: Ticket) -> None:
    wait = ticket.customer_wait
    was_answered = wait.was_answered or event.role in CUSTOMER_ROLES
    # Most messages follow others, and change nothing; a copy for each took a quarter of a long ticket's replay.
    if not wait.was_followed_up or was_answered != wait.was_answered:
        ticket.customer_wait = replace(wait, was_followed_up=True, was_answered=was_answered)


@_apply.register
def _(event: events.InformationRequested, ticket: Ticket) -> None:
    ticket.customer_wait = CustomerWait(event.timestamp)


@_apply.register
def _(event: events.Held, ticket: Ticket) -> None:
    # With its offset: its date as written is the day that a person chose.
    ticket.held_until = datetime.fromisoformat(event.until)


@_apply.register
def _(event: events.ReminderSent, ticket: Ticket) -> None:
    closes_on = date.fromisoformat(event.closes_on) if event.closes_on else None
    ticket.customer_wait = ticket.customer_wait.reminded(event.timestamp, rank=event.rank, closes_on=closes_on)


@_apply.register
def _(_event: events.SilenceReported, ticket: Ticket) -> None:
    ticket.customer_wait = replace(ticket.customer_wait, was_reported=True)


@_apply.register
def _(event: events.WaitRestarted, ticket: Ticket) -> None:
    ticket.customer_wait = CustomerWait(event.timestamp)


@_apply.register(events.Resolved)
@_apply.register(events.SolutionRevised)
def _(event: events.Resolved | events.SolutionRevised, ticket: Ticket) -> None:
    ticket.solution_version = event.solution_version
    ticket.solution_author_id = event.actor_id
    ticket.cancellation_is_requested = False
    ticket.customer_wait = CustomerWait(event.timestamp)


@_apply.register
def _(_event: events.CancellationRequested, ticket: Ticket) -> None:
    ticket.cancellation_is_requested = True


@_apply.register(events.CancellationDeclined)
@_apply.register(events.CancellationRequestWithdrawn)
def _(_event: events.CancellationDeclined | events.CancellationRequestWithdrawn, ticket: Ticket) -> None:
    ticket.cancellation_is_requested = False


@_apply.register
def _(event: events.WatcherAdded, ticket: Ticket) -> None:
    ticket.watcher_ids.add(event.watcher_id)


@_apply.register
def _(event: events.WatcherRemoved, ticket: Ticket) -> None:
    ticket.watcher_ids.discard(event.watcher_id)


@_apply.register
def _(event: events.RequesterChanged, ticket: Ticket) -> None:
    ticket.requester_id = event.requester_id
    ticket.watcher_ids.discard(event.requester_id)
    # What was asked of one person does not bind another.
    ticket.customer_wait = CustomerWait(event.timestamp)


# `Opened` refers to its aggregate by this topic.
register_topic(Ticket.TOPIC, Ticket)
