"""The lives of tickets, each made once by the real aggregate.

A story is a list of commands with their events. Placeholders stand for the people, the organisation, the service, the
file and the texts; `events_of` copies the events with the values of one ticket.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import AggregateEvent

from izarlink_tickets.domain.events import Opened, TicketEvent
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import (
    CUSTOMER_URGENCIES,
    GUIDE_CATEGORIES,
    UNFINISHED,
    Actor,
    Category,
    Channel,
    CommandContext,
    File,
    Role,
    Service,
    TicketType,
    Urgency,
)
from izarlink_tickets.notifications import audience_of

CUSTOMER, STAFF, COLLEAGUE, ORGANISATION, SERVICE = "@customer", "@staff", "@colleague", "@organisation", "@service"
FILE_ID, SHA256 = "@file", "@sha256"
FILE_BYTES = 2_000
FILE_NAME = "mesure.txt"
LONG, HUNDRED, TEN = 500, 100, 10  # entries

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_FAR = timedelta(days=20_000)
_PLACEHOLDERS = frozenset({CUSTOMER, STAFF, COLLEAGUE, ORGANISATION, SERVICE, FILE_ID, SHA256})
_NOT_COPIED = ("originator_id", "originator_version", "timestamp", "command_id", "number")


@dataclass(frozen=True, slots=True)
class StoryEvent:
    """An event with placeholders.

    placeholders: field and what stands for its value. titles, texts: fields that people type.
    """

    kind: type[TicketEvent]
    fields: Mapping[str, Any]
    placeholders: tuple[tuple[str, str], ...]
    titles: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoryCommand:
    """A command: seconds after the opening, its events, and placeholders of those to mail."""

    seconds: float
    actor: str
    entry: int
    events: tuple[StoryEvent, ...]
    readers: tuple[str, ...]
    tells_team: bool


@dataclass(frozen=True, slots=True)
class Story:
    """The life of a ticket. length: of its events."""

    commands: tuple[StoryCommand, ...]
    is_open: bool
    length: int
    has_file: bool


class _Author:
    """Writes one story: a ticket, and its commands so far."""

    def __init__(self, category: Category, urgency: Urgency | None, service: Service | None) -> None:
        self.customer = Actor(CUSTOMER, Role.CUSTOMER, ORGANISATION)
        self.staff, self.colleague = Actor(STAFF, Role.SUPPORT), Actor(COLLEAGUE, Role.SUPPORT)
        self.category, self.urgency, self.service = category, urgency, service
        self.ticket: Ticket
        self.commands: list[StoryCommand] = []
        self.hours = 0.0

    def open(self, *, files: Sequence[File] = ()) -> None:
        self.ticket = Ticket.open(
            self._context(self.customer),
            number=1,
            requester=self.customer,
            category=self.category,
            service=self.service,
            urgency=self.urgency,
            title="title",
            description="text",
            files=files,
        )
        self._end()

    def staff_does(self, decide: Callable[[CommandContext], None], *, after: float, by: Actor | None = None) -> None:
        self.hours += after
        decide(self._context(by or self.staff))
        self._end()

    def customer_does(self, decide: Callable[[CommandContext], None], *, after: float) -> None:
        self.staff_does(decide, after=after, by=self.customer)

    def told(self) -> Story:
        length = sum(len(command.events) for command in self.commands)
        has_file = any(FILE_ID in dict(event.placeholders).values() for c in self.commands for event in c.events)
        return Story(tuple(self.commands), self.ticket.state in UNFINISHED, length, has_file)

    def _context(self, actor: Actor) -> CommandContext:
        return CommandContext(actor, _BEGIN + timedelta(hours=self.hours), Channel.WEB, "command")

    def _end(self) -> None:
        events = [event for event in self.ticket.collect_events() if isinstance(event, TicketEvent)]
        audience = audience_of(self.ticket, events)
        actor = events[0].actor_id
        # Staff get no mail about their own commands.
        readers = tuple(sorted(reader for reader in audience.ids if reader != actor or actor == CUSTOMER))
        entry = events[0].originator_version
        stored = tuple(map(_story_event, events))
        self.commands.append(StoryCommand(self.hours * 3600, actor, entry, stored, readers, audience.has_team))


def _story_event(event: TicketEvent) -> StoryEvent:
    fields = {name: value for name, value in vars(event).items() if name not in _NOT_COPIED}
    placeholders = tuple(
        (name, value) for name, value in fields.items() if isinstance(value, str) and value in _PLACEHOLDERS
    )
    typed = [name for name in event.SEALED if fields[name] not in ("", FILE_NAME)]
    titles = tuple(name for name in typed if name == "title")
    return StoryEvent(type(event), fields, placeholders, titles, tuple(name for name in typed if name != "title"))


def ticket_events(
    story: Story, *, stream_id: UUID, number: int, values: Mapping[str, str], at: datetime, typed: Iterator[str],
    titles: Iterator[str],
) -> Iterator[tuple[StoryCommand, datetime, str, list[AggregateEvent]]]:  # fmt: skip
    """Yield each command of a ticket with its time, id and events.

    values: of the placeholders. at: of the opening, aware UTC. typed, titles: the texts.
    """
    version = 0
    for nth, command in enumerate(story.commands):
        moment, command_id = at + timedelta(seconds=command.seconds), f"{number:08x}-0000-4000-8000-{nth:012x}"
        events = list[AggregateEvent]()
        for part in command.events:
            version += 1
            fields = dict(part.fields)
            fields["originator_id"], fields["originator_version"] = stream_id, version
            fields["timestamp"], fields["command_id"] = moment, command_id
            for name, placeholder in part.placeholders:
                fields[name] = values[placeholder]
            for name in part.titles:
                fields[name] = next(titles)
            for name in part.texts:
                fields[name] = next(typed)
            if part.kind is Opened:
                fields["number"] = number
            event = object.__new__(part.kind)
            # Instances are frozen; the mapper loads them in the same way.
            vars(event).update(fields)
            events.append(event)
        yield command, moment, command_id, events


# --- the stories ------------------------------------------------------------------------------------------------------


def _new(author: _Author) -> None:
    author.open()


def _in_progress(author: _Author) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.staff), after=1)
    author.staff_does(lambda c: author.ticket.add_follow_up(c, text="text"), after=3)
    author.customer_does(lambda c: author.ticket.add_follow_up(c, text="text"), after=20)


def _pending(author: _Author) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.staff), after=2)
    author.staff_does(lambda c: author.ticket.add_internal_note(c, text="text"), after=1)
    author.staff_does(lambda c: author.ticket.request_information(c, question="text"), after=4)


def _held(author: _Author) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.staff), after=2)
    author.staff_does(lambda c: author.ticket.hold(c, reason="text", until=_BEGIN + _FAR), after=4)


def _resolved(author: _Author) -> None:
    _in_progress(author)
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.colleague), after=1)
    author.staff_does(lambda c: author.ticket.resolve(c, solution="text"), after=24, by=author.colleague)


def _closed(author: _Author) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.staff), after=1)
    author.staff_does(lambda c: author.ticket.request_information(c, question="text"), after=2)
    author.customer_does(lambda c: author.ticket.add_follow_up(c, text="text"), after=20)
    author.staff_does(lambda c: author.ticket.resolve(c, solution="text"), after=24)
    author.customer_does(lambda c: author.ticket.approve_solution(c, solution_version=1), after=48)


def _refused_once(author: _Author) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.resolve(c, solution="text"), after=24)
    author.customer_does(lambda c: author.ticket.refuse_solution(c, solution_version=1, reason="text"), after=4)
    author.staff_does(lambda c: author.ticket.add_follow_up(c, text="text"), after=1)
    author.staff_does(lambda c: author.ticket.resolve(c, solution="text"), after=12)
    author.customer_does(lambda c: author.ticket.approve_solution(c, solution_version=2, comment="text"), after=9)


def _cancelled(author: _Author) -> None:
    author.open()
    author.customer_does(lambda c: author.ticket.cancel(c, reason="text"), after=2)


def _with_file(author: _Author) -> None:
    author.open(files=[File(FILE_ID, FILE_NAME, FILE_BYTES, "text/plain", SHA256)])
    author.staff_does(lambda c: author.ticket.resolve(c, solution="text"), after=5)
    author.customer_does(lambda c: author.ticket.approve_solution(c, solution_version=1), after=8)


def _with_entries(author: _Author, entries: int) -> None:
    author.open()
    author.staff_does(lambda c: author.ticket.assign(c, assignee=author.staff), after=0.5)
    for nth in range(entries - len(author.commands)):
        does = author.customer_does if nth % 2 else author.staff_does
        does(lambda c: author.ticket.add_follow_up(c, text="text"), after=0.5)


OPEN_STORIES = (_new, _in_progress, _in_progress, _pending, _held, _resolved)
FINISHED_STORIES = (_closed, _closed, _refused_once, _closed, _cancelled, _closed)


@dataclass(frozen=True, slots=True)
class Stories:
    """All stories, by their use."""

    open: tuple[Story, ...]
    finished: tuple[Story, ...]
    with_file: Story
    ten: Story
    hundred: Story
    long: Story


def write_stories() -> Stories:
    """Let the aggregate live every story."""
    some = _Author(GUIDE_CATEGORIES["DEBIT"], Urgency.MEDIUM, Service(SERVICE, ORGANISATION))
    return Stories(
        tuple(_told(plot, author) for plot in OPEN_STORIES for author in _authors()),
        tuple(_told(plot, author) for plot in FINISHED_STORIES for author in _authors()),
        _told(_with_file, some),
        _told(lambda author: _with_entries(author, TEN), _again(some)),
        _told(lambda author: _with_entries(author, HUNDRED), _again(some)),
        _told(lambda author: _with_entries(author, LONG), _again(some)),
    )


def _told(plot: Callable[[_Author], None], author: _Author) -> Story:
    plot(author)
    return author.told()


def _again(author: _Author) -> _Author:
    return _Author(author.category, author.urgency, author.service)


def _authors() -> Iterator[_Author]:
    urgencies = CUSTOMER_URGENCIES
    services = (Service(SERVICE, ORGANISATION), None)
    for nth, category in enumerate(GUIDE_CATEGORIES.values()):
        is_incident = category.ticket_type is TicketType.INCIDENT
        yield _Author(category, urgencies[nth % len(urgencies)] if is_incident else None, services[nth % 4 == 1])
