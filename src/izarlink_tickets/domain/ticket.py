"""The ticket: each public method is one command of its life. It checks every rule, then records what happened.

Decide, then apply: a refusal leaves no event. Time and actor come in with the act; files are stored before they are
named here. Texts are cleaned and bounded here, so that no entry point can forget it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from eventsourcing.domain import Aggregate
from eventsourcing.utils import register_topic

from izarlink_tickets.domain import access, errors, events
from izarlink_tickets.domain.text import optional_text_of, text_of, title_of
from izarlink_tickets.domain.ticket_ending import TicketEnding
from izarlink_tickets.domain.ticket_guards import (
    require_category,
    require_colleague,
    require_files,
    require_relation,
    require_seen,
    require_service,
    require_staff,
    require_staff_decision,
    require_state,
    require_urgency,
)
from izarlink_tickets.domain.ticket_state import TicketState, author_fields
from izarlink_tickets.domain.vocabulary import (
    ACTIONABLE,
    CUSTOMER_URGENCIES,
    IMPACTS,
    NOT_CANCELLED,
    UNFINISHED,
    UNRESOLVED,
    Actor,
    Awaiting,
    Category,
    CommandContext,
    File,
    Service,
    State,
    TicketType,
    Urgency,
    priority_of,
)


class Ticket(TicketEnding):
    """One Incident or Demande of one customer."""

    # Not annotated: the library would take an annotated class for a dataclass and write an __init__ of its own.
    TOPIC = "ticket"

    class Created(Aggregate.Created):
        """Never recorded: the library wants a topic for the event it defines itself."""

        TOPIC: ClassVar[str] = "ticket.created"

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
        related_to: TicketState | None = None,
    ) -> Self:
        """Record a new ticket for `requester`, who is the actor unless staff opens on a customer's behalf.

        service: None for « Autre / je ne sais pas ». related_to: the older ticket that this one goes back to (R39).
        Raises: NotAllowed, PersonNotEligible, ServiceNotOfOrganisation, CategoryWithdrawn, UrgencyMissing,
        UrgencyNotAllowed, TextRefused, TooManyFiles, RelationNotPossible. Source: guide §3, R12–R19.
        """
        own = context.actor.account_id == requester.account_id
        access.require(allowed=access.is_staff(context.actor) or (access.is_customer(context.actor) and own))
        if not access.is_customer(requester) or requester.organisation_id is None:
            raise errors.PersonNotEligible
        require_service(service, requester.organisation_id)
        require_category(category)
        require_urgency(category.ticket_type, urgency, allowed=CUSTOMER_URGENCIES)
        require_files(files)
        require_relation(related_to, requester.organisation_id)
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
            **_qualification(category, service, urgency, category.default_impact),
            title=title_of(title),
            description=text_of(description, field="description"),
            related_to=related_to.number if related_to else None,
            **author_fields(context),
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
        """Correct what the ticket is; the priority follows. A change of type needs a reason."""
        require_staff_decision(self, context, UNRESOLVED)
        require_service(service, self.organisation_id, current_id=self.service_id)
        require_category(category, current=self.category)
        require_urgency(category.ticket_type, urgency, allowed=tuple(Urgency))
        if impact not in IMPACTS:
            raise errors.UnknownChoice("impact")
        changes_type = category.ticket_type != self.ticket_type
        reason = text_of(reason, field="reason") if changes_type else optional_text_of(reason, field="reason")
        before = _facts(self.ticket_type, self.category, self.service_id, self.urgency, self.impact)
        after = _qualification(category, service, urgency, impact)
        if before == after:
            raise errors.NothingChanges
        self.record(events.Requalified, context, previous=before, reason=reason, **after)

    def assign(self, context: CommandContext, *, assignee: Actor, seen_assignee: str | None = None) -> None:
        """Put a technician in charge: taking it oneself, giving it, or giving it to another.

        seen_assignee: whom the author saw in charge, empty for nobody; None where the whole ticket was read.
        """
        require_staff_decision(self, context, UNFINISHED)
        if not access.is_staff(assignee):
            raise errors.PersonNotEligible
        if assignee.account_id == self.assignee_id:
            raise errors.AlreadyAssigned
        if seen_assignee is not None and self.assignee_id not in {None, seen_assignee}:
            raise errors.AssignedMeanwhile(self.assignee_id)
        self.assign_to(context, assignee.account_id)

    # --- talking ------------------------------------------------------------------------------------------------------

    def add_follow_up(self, context: CommandContext, *, text: str, files: Sequence[File] = ()) -> None:
        """Add a public message, files, or both; the customer's answer to a question resumes the ticket (R28–R31)."""
        from_customer = access.speaks_for_customer(context.actor, self)
        access.require(allowed=from_customer or access.is_staff(context.actor))
        require_state(self, UNFINISHED)
        require_files(files)
        text = optional_text_of(text, field="comment")
        if not text and not files:
            raise errors.NothingToAdd
        self.record(events.FollowUpAdded, context, text=text)
        self.attach(context, files)
        if from_customer and self.awaiting is Awaiting.CUSTOMER:
            self.record(events.Resumed, context, state=State.IN_PROGRESS)

    def add_internal_note(self, context: CommandContext, *, text: str, mentioned: Sequence[Actor] = ()) -> None:
        """Add a note that no customer ever sees; the colleagues named in it are told."""
        require_staff(context)
        require_state(self, NOT_CANCELLED)
        if not all(access.is_staff(person) for person in mentioned):
            raise errors.PersonNotEligible
        mentioned_ids = [person.account_id for person in mentioned]
        self.record(events.InternalNoteAdded, context, text=text_of(text, field="note"), mentioned_ids=mentioned_ids)

    def request_information(self, context: CommandContext, *, question: str) -> None:
        """Ask the customer and wait for the answer."""
        require_staff_decision(self, context, UNRESOLVED)
        question = text_of(question, field="question")
        self.assign_to_actor_if_unassigned(context)
        self.record(
            events.InformationRequested, context, state=State.PENDING, awaiting=Awaiting.CUSTOMER, question=question
        )

    def hold(self, context: CommandContext, *, reason: str, until: datetime) -> None:
        """Wait for a third party until the expected date (aware)."""
        require_staff_decision(self, context, ACTIONABLE)
        reason = text_of(reason, field="reason")
        if until <= context.at:
            raise errors.DateNotInFuture
        self.assign_to_actor_if_unassigned(context)
        self.record(
            events.Held,
            context,
            state=State.PENDING,
            awaiting=Awaiting.THIRD_PARTY,
            reason=reason,
            until=until.isoformat(),
        )

    def resume(self, context: CommandContext) -> None:
        """End the wait: staff at any time, the portal where the date expected of a third party has come."""
        access.require(allowed=access.is_staff(context.actor) or access.is_system(context.actor))
        require_state(self, {State.PENDING})
        require_seen(self, context)
        has_come = self.awaiting is Awaiting.THIRD_PARTY and context.at >= self.held_until
        if access.is_system(context.actor) and not has_come:
            raise errors.TooEarly
        self.record(events.Resumed, context, state=State.IN_PROGRESS)

    # --- people -------------------------------------------------------------------------------------------------------

    def add_watcher(self, context: CommandContext, *, watcher: Actor) -> None:
        """Let a colleague of the customer read along."""
        require_staff(context)
        require_state(self, NOT_CANCELLED)
        require_colleague(self, watcher)
        if watcher.account_id in {self.requester_id, *self.watcher_ids}:
            raise errors.AlreadyConcerned
        self.record(events.WatcherAdded, context, watcher_id=watcher.account_id)

    def remove_watcher(self, context: CommandContext, *, watcher: Actor) -> None:
        """End a colleague's reading along; he may have left the company since."""
        require_staff(context)
        require_state(self, NOT_CANCELLED)
        if watcher.account_id not in self.watcher_ids:
            raise errors.NothingChanges
        self.record(events.WatcherRemoved, context, watcher_id=watcher.account_id)

    def change_requester(self, context: CommandContext, *, requester: Actor) -> None:
        """Make the ticket another person's of the same company."""
        require_staff(context)
        require_state(self, NOT_CANCELLED)
        require_colleague(self, requester)
        if requester.account_id == self.requester_id:
            raise errors.AlreadyConcerned
        self.record(
            events.RequesterChanged,
            context,
            requester_id=requester.account_id,
            previous_requester_id=self.requester_id,
        )


def _facts(
    ticket_type: TicketType, category: str, service_id: str | None, urgency: Urgency | None, impact: int
) -> dict[str, Any]:
    return {
        "ticket_type": ticket_type.value,
        "category": category,
        "service_id": service_id,
        "urgency": None if urgency is None else urgency.value,
        "impact": impact,
        "priority": priority_of(urgency=urgency, impact=impact),
    }


def _qualification(category: Category, service: Service | None, urgency: Urgency | None, impact: int) -> dict[str, Any]:
    service_id = service.service_id if service else None
    return _facts(category.ticket_type, category.code, service_id, urgency, impact)


# `Opened` names its aggregate by this topic.
register_topic(Ticket.TOPIC, Ticket)
