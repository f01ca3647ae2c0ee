"""What can happen to a ticket: one frozen class per fact, in the past tense, with a stable topic.

Events are a storage format: a released one is never renamed, removed or reinterpreted (docs/events.md lists all, with
samples in tests/stored_events/). They hold codes, opaque ids, texts and numbers. Nothing is decided here.
"""

from typing import Any, ClassVar
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.utils import register_topic

_TICKETS = UUID("6f0a3c52-2d0b-4b57-9d1e-7a54c1c30b6e")


def stream_of(number: int) -> UUID:
    """Name the event stream of the ticket with this number (D3)."""
    return uuid5(_TICKETS, str(number))


class TicketEvent(AggregateEvent):
    """A fact of a ticket's life.

    actor_id, role, channel: who did it, in which role, by which way. command_id: the command it came from.
    sealed_for: the account whose key seals the fields named in `SEALED` (D6).
    previous_state, state, awaiting: where the event found the ticket and where it left it, so that no reader has to
    know the rules of the time.
    """

    TOPIC: ClassVar[str]
    SEALED: ClassVar[tuple[str, ...]] = ()
    IS_PUBLIC: ClassVar[bool] = True

    actor_id: str
    role: str
    channel: str
    command_id: str
    sealed_for: str
    previous_state: str | None
    state: str
    awaiting: str | None

    def apply(self, aggregate: Any) -> None:  # noqa: ANN401 - the library types it so
        """Let the ticket copy what it needs for later decisions."""
        aggregate.when(self)


_COMMON = frozenset(AggregateCreated.__dataclass_fields__) | frozenset(TicketEvent.__dataclass_fields__)


def own_fields(event: TicketEvent) -> dict[str, Any]:
    """Give the fields that only this kind of event has, in their order; a field added since by its default."""
    return {name: getattr(event, name) for name in type(event).__dataclass_fields__ if name not in _COMMON}


class Opened(TicketEvent, AggregateCreated):
    """The ticket was recorded. service_id None: « Autre / je ne sais pas »; related_to: the number of an older one."""

    TOPIC: ClassVar[str] = "ticket.opened"
    SEALED: ClassVar[tuple[str, ...]] = ("title", "description")

    number: int
    organisation_id: str
    requester_id: str
    ticket_type: str
    category: str
    service_id: str | None
    urgency: int | None
    impact: int
    priority: int
    title: str
    description: str
    related_to: int | None


class AttachmentAdded(TicketEvent):
    """A file came with the command. size: bytes as uploaded; sha256: hex, of the sealed bytes."""

    TOPIC: ClassVar[str] = "ticket.attachment-added"
    SEALED: ClassVar[tuple[str, ...]] = ("name",)

    file_id: str
    name: str
    size: int
    media_type: str
    sha256: str


class FollowUpAdded(TicketEvent):
    """Somebody wrote on the ticket. text is empty where the file says it all (R31)."""

    TOPIC: ClassVar[str] = "ticket.follow-up-added"
    SEALED: ClassVar[tuple[str, ...]] = ("text",)

    text: str


class InternalNoteAdded(TicketEvent):
    """Support wrote for itself: the one event that never leaves the desk."""

    TOPIC: ClassVar[str] = "ticket.internal-note-added"
    SEALED: ClassVar[tuple[str, ...]] = ("text",)
    IS_PUBLIC: ClassVar[bool] = False

    text: str
    mentioned_ids: list[str]


class Assigned(TicketEvent):
    """A technician took or was given the ticket."""

    TOPIC: ClassVar[str] = "ticket.assigned"

    assignee_id: str
    previous_assignee_id: str | None


class Requalified(TicketEvent):
    """Support corrected what the ticket is. `previous`: the same six keys as they were before."""

    TOPIC: ClassVar[str] = "ticket.requalified"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    ticket_type: str
    category: str
    service_id: str | None
    urgency: int | None
    impact: int
    priority: int
    previous: dict[str, Any]
    reason: str


class InformationRequested(TicketEvent):
    """Support asked the customer a question and waits for the answer."""

    TOPIC: ClassVar[str] = "ticket.information-requested"
    SEALED: ClassVar[tuple[str, ...]] = ("question",)

    question: str


class ReminderSent(TicketEvent):
    """The customer was reminded. rank: counts those of this wait from 1."""

    TOPIC: ClassVar[str] = "ticket.reminder-sent"

    rank: int


class Held(TicketEvent):
    """The ticket waits for a third party. until: the expected date, ISO 8601 with offset."""

    TOPIC: ClassVar[str] = "ticket.held"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str
    until: str


class Resumed(TicketEvent):
    """The wait is over."""

    TOPIC: ClassVar[str] = "ticket.resumed"


class Resolved(TicketEvent):
    """Support proposed a solution. solution_version counts the ticket's solutions from 1."""

    TOPIC: ClassVar[str] = "ticket.resolved"
    SEALED: ClassVar[tuple[str, ...]] = ("solution",)

    solution: str
    solution_version: int


class SolutionRevised(TicketEvent):
    """The pending solution was replaced by another version."""

    TOPIC: ClassVar[str] = "ticket.solution-revised"
    SEALED: ClassVar[tuple[str, ...]] = ("solution",)

    solution: str
    solution_version: int


class SolutionWithdrawn(TicketEvent):
    """Support took its solution back."""

    TOPIC: ClassVar[str] = "ticket.solution-withdrawn"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class SolutionApproved(TicketEvent):
    """The customer approved; the ticket is closed (R35)."""

    TOPIC: ClassVar[str] = "ticket.solution-approved"
    SEALED: ClassVar[tuple[str, ...]] = ("comment",)

    comment: str
    solution_version: int


class SolutionApprovedOnBehalf(TicketEvent):
    """Support recorded an approval given by phone. note names who gave it."""

    TOPIC: ClassVar[str] = "ticket.solution-approved-on-behalf"
    SEALED: ClassVar[tuple[str, ...]] = ("note",)

    note: str
    solution_version: int


class SolutionRefused(TicketEvent):
    """The customer is not satisfied (R38)."""

    TOPIC: ClassVar[str] = "ticket.solution-refused"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str
    solution_version: int


class AutoClosed(TicketEvent):
    """Nobody answered the solution for the agreed time: closed by the portal, which is not an approval (R35)."""

    TOPIC: ClassVar[str] = "ticket.auto-closed"

    delay_days: int
    solution_version: int


class Reopened(TicketEvent):
    """The closed ticket came back (R39)."""

    TOPIC: ClassVar[str] = "ticket.reopened"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class CancellationRequested(TicketEvent):
    """The customer asked to cancel a ticket that support already works on (R40)."""

    TOPIC: ClassVar[str] = "ticket.cancellation-requested"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class CancellationDeclined(TicketEvent):
    """Support goes on with the ticket all the same."""

    TOPIC: ClassVar[str] = "ticket.cancellation-declined"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class Cancelled(TicketEvent):
    """The ticket was withdrawn; it stays readable."""

    TOPIC: ClassVar[str] = "ticket.cancelled"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class WatcherAdded(TicketEvent):
    """A colleague reads along."""

    TOPIC: ClassVar[str] = "ticket.watcher-added"

    watcher_id: str


class WatcherRemoved(TicketEvent):
    """A colleague no longer reads along."""

    TOPIC: ClassVar[str] = "ticket.watcher-removed"

    watcher_id: str


class RequesterChanged(TicketEvent):
    """The ticket is for another person of the same company."""

    TOPIC: ClassVar[str] = "ticket.requester-changed"

    requester_id: str
    previous_requester_id: str


TICKET_EVENTS: tuple[type[TicketEvent], ...] = tuple(TicketEvent.__subclasses__())
# The library triggers only events whose topic it knows; it never imports one by name (event_store.Mapper).
for _event_class in TICKET_EVENTS:
    register_topic(_event_class.TOPIC, _event_class)
