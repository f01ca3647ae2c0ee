"""Ticket events: one frozen class per fact, with a stable topic.

Events are a storage format: a released one is never renamed, removed or reinterpreted (docs/events.md lists them, with
samples in tests/stored_events/). They hold codes, opaque ids, texts and numbers; rules are in `ticket`.
"""

from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID, uuid5

from eventsourcing.domain import AggregateCreated, AggregateEvent
from eventsourcing.utils import register_topic

from izarlink_tickets.domain.access import STAFF_ROLES

_TICKETS = UUID("6f0a3c52-2d0b-4b57-9d1e-7a54c1c30b6e")


def stream_of(number: int) -> UUID:
    """Return the id of a ticket's event stream."""
    return uuid5(_TICKETS, str(number))


class TicketEvent(AggregateEvent):
    """One fact in a ticket's life.

    actor_id, role, channel: who acted, in which role, through which channel. command_id: the command that caused it.
    sealed_for: the account whose key seals the fields listed in `SEALED`. Source: ADR 0003.
    previous_state, state, awaiting: the ticket before and after, so that readers need no rules. Source: ADR 0002.
    IS_PUBLIC: whether customers see it; they are notified of every public event.
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
        """Apply the event to its ticket."""
        aggregate.when(self)


_COMMON = frozenset(AggregateCreated.__dataclass_fields__) | frozenset(TicketEvent.__dataclass_fields__)


@cache
def own_field_names(event_class: type[TicketEvent]) -> tuple[str, ...]:
    """Return the fields that only this class has, in order."""
    return tuple(name for name in event_class.__dataclass_fields__ if name not in _COMMON)


def own_fields(event: TicketEvent) -> dict[str, Any]:
    """Return the fields that only this class of event has, in order.

    A field added since the event was stored has its default.
    """
    return {name: getattr(event, name) for name in own_field_names(type(event))}


class Opened(TicketEvent, AggregateCreated):
    """A ticket was opened.

    service_id: None for « Autre / je ne sais pas ». related_to: the number of an older ticket.
    """

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
    """A file was attached. size: bytes. sha256: hex, of the sealed bytes.

    thumbnail_sha256: as sha256, of a JPEG; None without a thumbnail. Its width and height are in pixels.
    """

    TOPIC: ClassVar[str] = "ticket.attachment-added"
    SEALED: ClassVar[tuple[str, ...]] = ("name",)

    file_id: str
    name: str
    size: int
    media_type: str
    sha256: str
    thumbnail_sha256: str | None = None
    thumbnail_width: int = 0
    thumbnail_height: int = 0


# The fields of an attachment that name stored files.
STORED_HASHES = ("sha256", "thumbnail_sha256")


class FollowUpAdded(TicketEvent):
    """A message was written. text: empty when files came alone."""

    TOPIC: ClassVar[str] = "ticket.follow-up-added"
    SEALED: ClassVar[tuple[str, ...]] = ("text",)

    text: str


class InternalNoteAdded(TicketEvent):
    """Support wrote a note for itself; customers never see it."""

    TOPIC: ClassVar[str] = "ticket.internal-note-added"
    SEALED: ClassVar[tuple[str, ...]] = ("text",)
    IS_PUBLIC: ClassVar[bool] = False

    text: str
    mentioned_ids: list[str]


class Assigned(TicketEvent):
    """A technician was put in charge."""

    TOPIC: ClassVar[str] = "ticket.assigned"

    assignee_id: str
    previous_assignee_id: str | None


class Requalified(TicketEvent):
    """Support corrected the qualification. previous: the six values before."""

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
    """Support asked the customer a question; the ticket waits for the answer."""

    TOPIC: ClassVar[str] = "ticket.information-requested"
    SEALED: ClassVar[tuple[str, ...]] = ("question",)

    question: str


class ReminderSent(TicketEvent):
    """The customer was reminded.

    rank: within this wait, from 1.
    closes_on: the day of closing that the reminder names, ISO 8601; None where it names none, or was sent before the
    event held it.
    """

    TOPIC: ClassVar[str] = "ticket.reminder-sent"

    rank: int
    closes_on: str | None = None


class SilenceReported(TicketEvent):
    """Support was told that no answer is to be expected.

    cause: a `SilenceCause`.
    """

    TOPIC: ClassVar[str] = "ticket.silence-reported"
    IS_PUBLIC: ClassVar[bool] = False

    cause: str


class WaitRestarted(TicketEvent):
    """The wait for the customer began anew.

    A wrong clock had dated it ahead.
    """

    TOPIC: ClassVar[str] = "ticket.wait-restarted"
    IS_PUBLIC: ClassVar[bool] = False


class Held(TicketEvent):
    """The ticket waits for a third party.

    until: when it resumes, ISO 8601 with offset.
    until_day: the day that a person chose, ISO 8601; None in older events, where it is the date of `until` as written.
    """

    TOPIC: ClassVar[str] = "ticket.held"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str
    until: str
    until_day: str | None = None


class Resumed(TicketEvent):
    """The wait ended."""

    TOPIC: ClassVar[str] = "ticket.resumed"


class Resolved(TicketEvent):
    """Support proposed a solution. solution_version: counts the ticket's solutions, from 1."""

    TOPIC: ClassVar[str] = "ticket.resolved"
    SEALED: ClassVar[tuple[str, ...]] = ("solution",)

    solution: str
    solution_version: int


class SolutionRevised(TicketEvent):
    """Support replaced the pending solution by another version."""

    TOPIC: ClassVar[str] = "ticket.solution-revised"
    SEALED: ClassVar[tuple[str, ...]] = ("solution",)

    solution: str
    solution_version: int


class SolutionWithdrawn(TicketEvent):
    """Support withdrew its solution."""

    TOPIC: ClassVar[str] = "ticket.solution-withdrawn"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class SolutionApproved(TicketEvent):
    """The customer approved the solution; the ticket is closed."""

    TOPIC: ClassVar[str] = "ticket.solution-approved"
    SEALED: ClassVar[tuple[str, ...]] = ("comment",)

    comment: str
    solution_version: int


class SolutionApprovedOnBehalf(TicketEvent):
    """Support recorded an approval by phone. note: who approved."""

    TOPIC: ClassVar[str] = "ticket.solution-approved-on-behalf"
    SEALED: ClassVar[tuple[str, ...]] = ("note",)

    note: str
    solution_version: int


class SolutionRefused(TicketEvent):
    """The customer refused the solution."""

    TOPIC: ClassVar[str] = "ticket.solution-refused"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str
    solution_version: int


class AutoClosed(TicketEvent):
    """The portal closed a solution left unanswered, without an approval.

    delay_days: the setting of the time. waited_days: how long it had waited; None in older events.
    """

    TOPIC: ClassVar[str] = "ticket.auto-closed"

    delay_days: int
    solution_version: int
    waited_days: int | None = None


class Reopened(TicketEvent):
    """The closed ticket was reopened."""

    TOPIC: ClassVar[str] = "ticket.reopened"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class CancellationRequested(TicketEvent):
    """The customer asked support to cancel a ticket that it works on."""

    TOPIC: ClassVar[str] = "ticket.cancellation-requested"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class CancellationDeclined(TicketEvent):
    """Support continues the ticket despite the request to cancel it."""

    TOPIC: ClassVar[str] = "ticket.cancellation-declined"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class CancellationRequestWithdrawn(TicketEvent):
    """The customer no longer asks to cancel the ticket."""

    TOPIC: ClassVar[str] = "ticket.cancellation-request-withdrawn"


class Cancelled(TicketEvent):
    """The ticket was cancelled; it stays readable."""

    TOPIC: ClassVar[str] = "ticket.cancelled"
    SEALED: ClassVar[tuple[str, ...]] = ("reason",)

    reason: str


class WatcherAdded(TicketEvent):
    """A colleague of the requester became a watcher."""

    TOPIC: ClassVar[str] = "ticket.watcher-added"

    watcher_id: str


class WatcherRemoved(TicketEvent):
    """A colleague is no longer a watcher."""

    TOPIC: ClassVar[str] = "ticket.watcher-removed"

    watcher_id: str


class RequesterChanged(TicketEvent):
    """The ticket went to another person of the same company."""

    TOPIC: ClassVar[str] = "ticket.requester-changed"

    requester_id: str
    previous_requester_id: str


TICKET_EVENTS: tuple[type[TicketEvent], ...] = tuple(TicketEvent.__subclasses__())
_CLASSES = MappingProxyType({event_class.__name__: event_class for event_class in TICKET_EVENTS})
# The library triggers only events with a registered topic; it never imports one by name (event_store.Mapper).
for _event_class in TICKET_EVENTS:
    register_topic(_event_class.TOPIC, _event_class)


def event_class_of(name: str) -> type[TicketEvent]:
    """Return the event class with this name, as the history stores it.

    An unknown name belongs to an event of a newer release that runs beside this one: it returns `TicketEvent` itself.
    """
    return _CLASSES.get(name, TicketEvent)


def is_staff_action(event: TicketEvent) -> bool:
    """Return whether support has visibly acted; then only support can cancel.

    A file always comes with an opening or with another event, which counts on its own. An internal note must not show
    in what the customer may do.
    """
    is_main_event = not isinstance(event, Opened | AttachmentAdded)
    return event.IS_PUBLIC and is_main_event and event.role in STAFF_ROLES
