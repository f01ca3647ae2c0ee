"""Replays of a ticket's events for auditors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, NamedTuple

from eventsourcing.domain import AggregateEvent

from izarlink_tickets.application.ticket_snapshots import ticket_after
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import TicketEvent, own_fields, stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import Recorded, open_texts, read_stream
from izarlink_tickets.sealing import Keys


class ReplayedEvent(NamedTuple):
    """One recorded event.

    event: the class name. at: aware UTC. data: the fields of its class, unsealed; None for an erased text.
    """

    position: int
    version: int
    event: str
    at: datetime
    actor: str
    role: str
    channel: str
    command_id: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """A ticket's events, and the ticket as it was at a version.

    events: up to that version, or all of them. last_version: of the whole stream.
    """

    events: list[ReplayedEvent]
    ticket: Ticket
    title: str | None
    last_version: int


class Replayer:
    """Replays tickets; it only reads."""

    def __init__(self, database: Database, *, sealing_key: SealingKey) -> None:
        self._database = database
        self._sealing_key = sealing_key

    def replay(
        self, viewer: Actor, *, number: int, version: int | None = None, until: datetime | None = None
    ) -> Replay:
        """Replay a ticket, by default whole.

        version, until: the last version or moment (aware) to include.
        Raises: NotAllowed, unless the viewer may see every event; TicketNotFound, also before the ticket was opened.
        """
        access.require(allowed=access.sees_internal(viewer))
        with self._opened_stream(number) as (stream, keys):
            replayed = list(takewhile(lambda recorded: _is_within(recorded, version=version, until=until), stream))
            ticket = ticket_after(recorded.event for recorded in replayed)
            if ticket is None:
                raise TicketNotFound(number)
            events = _opened(replayed, keys, number=number)
        return Replay(events, ticket, events[0].data["title"], last_version=len(stream))

    def replay_at(self, viewer: Actor, *, number: int, choose: Callable[[Sequence[ReplayedEvent]], int]) -> Replay:
        """Replay all events; return the ticket as of a version.

        choose: returns that version.
        Raises: NotAllowed, unless the viewer may see every event; TicketNotFound.
        """
        access.require(allowed=access.sees_internal(viewer))
        with self._opened_stream(number) as (stream, keys):
            if not stream:
                raise TicketNotFound(number)
            events = _opened(stream, keys, number=number)
        version = choose(events)
        ticket = ticket_after(recorded.event for recorded in stream if recorded.event.originator_version <= version)
        if ticket is None:
            raise TicketNotFound(number)
        return Replay(events, ticket, events[0].data["title"], last_version=len(stream))

    @contextmanager
    def _opened_stream(self, number: int) -> Iterator[tuple[Sequence[Recorded], Keys]]:
        with self._database.query() as connection:
            keys = Keys(connection, self._sealing_key)
            yield read_stream(connection, mapper_of(keys), stream_of(number)), keys


def _opened(stream: Iterable[Recorded], keys: Keys, *, number: int) -> list[ReplayedEvent]:
    """Open the texts of a ticket's events."""
    stream_id, events = str(stream_of(number)), []
    for position, event in stream:
        open_texts(event, keys, stream=stream_id)
        events.append(_as_replayed(position, event))
    return events


def _is_within(recorded: Recorded, *, version: int | None, until: datetime | None) -> bool:
    event = recorded.event
    return (version is None or event.originator_version <= version) and (until is None or event.timestamp <= until)


def _as_replayed(position: int, event: AggregateEvent) -> ReplayedEvent:
    if not isinstance(event, TicketEvent):
        raise TypeError(type(event).__name__)
    return ReplayedEvent(
        position=position,
        version=event.originator_version,
        event=type(event).__name__,
        at=event.timestamp,
        actor=event.actor_id,
        role=event.role,
        channel=event.channel,
        command_id=event.command_id,
        data={"previous_state": event.previous_state, "state": event.state, "awaiting": event.awaiting}
        | own_fields(event),
    )
