"""What a ticket remembers: just what a decision needs, copied from its events.

`when` only copies: it never checks, never raises, never looks at a clock, so that old tickets open under new rules.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from functools import singledispatchmethod
from typing import Any

from eventsourcing.domain import Aggregate

from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES, STAFF_ROLES
from izarlink_tickets.domain.vocabulary import Awaiting, CommandContext, File, State, TicketType, Urgency


class TicketState(Aggregate):
    """A ticket folded from its stream. Times are aware UTC."""

    def __init__(self) -> None:
        self.number = 0
        self.organisation_id = ""
        self.requester_id = ""
        self.watcher_ids: set[str] = set()
        self.assignee_id: str | None = None
        self.ticket_type = TicketType.INCIDENT
        self.category = ""
        self.service_id: str | None = None
        self.urgency: Urgency | None = None
        self.impact = 0
        self.state = State.NEW
        self.state_since = self.created_on
        self.awaiting: Awaiting | None = None
        self.staff_has_acted = False
        self.cancellation_is_requested = False
        self.solution_version = 0
        self.solution_author_id: str | None = None
        self.waiting_since = self.created_on
        self.reminders = 0
        self.reminded_at = self.created_on
        self.was_followed_up = False
        self.was_answered = False
        self.held_until = self.created_on

    def record(
        self,
        event_class: type[events.TicketEvent],
        context: CommandContext,
        *,
        state: State | None = None,
        awaiting: Awaiting | None = None,
        **facts: Any,  # noqa: ANN401 - the fields of the event class, checked by its constructor
    ) -> None:
        """Trigger the event with what every event says. Without `state` the ticket stays where it is."""
        self.trigger_event(
            event_class,
            timestamp=context.at,
            sealed_for=self.sealing_account(context),
            previous_state=self.state.value,
            state=(state or self.state).value,
            awaiting=_code(awaiting if state else self.awaiting),
            **author_fields(context),
            **facts,
        )

    def attach(self, context: CommandContext, files: Sequence[File]) -> None:
        """Record each stored file of the command."""
        for file in files:
            self.record(events.AttachmentAdded, context, **asdict(file))

    def assign_to(self, context: CommandContext, assignee_id: str) -> None:
        """Record who is in charge; a new ticket thereby gets under way."""
        state = State.IN_PROGRESS if self.state is State.NEW else None
        self.record(
            events.Assigned, context, state=state, assignee_id=assignee_id, previous_assignee_id=self.assignee_id
        )

    def assign_to_actor_if_unassigned(self, context: CommandContext) -> None:
        """Put the actor in charge of a ticket that nobody has: who works on it has it."""
        if self.assignee_id is None:
            self.assign_to(context, context.actor.account_id)

    def sealing_account(self, context: CommandContext) -> str:
        """Name the account whose key seals the words of this act: a customer's own, support's the requester's (D6)."""
        is_customer = context.actor.role in CUSTOMER_ROLES
        return context.actor.account_id if is_customer else self.requester_id

    def when(self, event: events.TicketEvent) -> None:
        """Copy from the event what later decisions need."""
        self._note_common(event)
        self._copy(event)

    def _note_common(self, event: events.TicketEvent) -> None:
        if event.state != event.previous_state:
            self.state_since = event.timestamp
        self.state = State(event.state)
        self.awaiting = Awaiting(event.awaiting) if event.awaiting else None
        self.staff_has_acted = self.staff_has_acted or is_staff_act(event)

    def _start_waiting(self, since: datetime) -> None:
        self.waiting_since = since
        self.reminders = 0
        self.was_followed_up = False
        self.was_answered = False

    @singledispatchmethod
    def _copy(self, _event: events.TicketEvent) -> None:
        """Events of which no decision needs more than the state."""

    @_copy.register
    def _(self, event: events.Opened) -> None:
        self.number = event.number
        self.organisation_id = event.organisation_id
        self.requester_id = event.requester_id
        self._copy_qualification(event)

    @_copy.register
    def _(self, event: events.Requalified) -> None:
        self._copy_qualification(event)

    def _copy_qualification(self, event: events.Opened | events.Requalified) -> None:
        self.ticket_type = TicketType(event.ticket_type)
        self.category = event.category
        self.service_id = event.service_id
        self.urgency = Urgency(event.urgency) if event.urgency else None
        self.impact = event.impact

    @_copy.register
    def _(self, event: events.Assigned) -> None:
        self.assignee_id = event.assignee_id

    @_copy.register
    def _(self, event: events.FollowUpAdded) -> None:
        self.was_followed_up = True
        self.was_answered = self.was_answered or event.role in CUSTOMER_ROLES

    @_copy.register
    def _(self, event: events.InformationRequested) -> None:
        self._start_waiting(event.timestamp)

    @_copy.register
    def _(self, event: events.Held) -> None:
        self.held_until = datetime.fromisoformat(event.until)

    @_copy.register(events.Resolved)
    @_copy.register(events.SolutionRevised)
    def _(self, event: events.Resolved | events.SolutionRevised) -> None:
        self.solution_version = event.solution_version
        self.solution_author_id = event.actor_id
        self.cancellation_is_requested = False
        self._start_waiting(event.timestamp)

    @_copy.register
    def _(self, event: events.ReminderSent) -> None:
        self.reminders = event.rank
        self.reminded_at = event.timestamp

    @_copy.register
    def _(self, _event: events.CancellationRequested) -> None:
        self.cancellation_is_requested = True

    @_copy.register
    def _(self, _event: events.CancellationDeclined) -> None:
        self.cancellation_is_requested = False

    @_copy.register
    def _(self, event: events.WatcherAdded) -> None:
        self.watcher_ids.add(event.watcher_id)

    @_copy.register
    def _(self, event: events.WatcherRemoved) -> None:
        self.watcher_ids.discard(event.watcher_id)

    @_copy.register
    def _(self, event: events.RequesterChanged) -> None:
        self.requester_id = event.requester_id
        self.watcher_ids.discard(event.requester_id)


def is_staff_act(event: events.TicketEvent) -> bool:
    """Say whether after this event the ticket can't be cancelled by the customer alone any more (R40)."""
    # A file is never alone: it belongs to the opening, or to an act that counts by itself. A note that never leaves the
    # desk must not show either, by what it lets the customer do.
    if not event.IS_PUBLIC or isinstance(event, events.Opened | events.AttachmentAdded):
        return False
    return event.role in STAFF_ROLES


def _code(awaiting: Awaiting | None) -> str | None:
    return awaiting.value if awaiting else None


def author_fields(context: CommandContext) -> dict[str, str]:
    """Give the fields of an event that say who did it and how."""
    return {
        "actor_id": context.actor.account_id,
        "role": context.actor.role.value,
        "channel": context.channel.value,
        "command_id": context.command_id,
    }
