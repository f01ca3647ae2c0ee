"""Replay a ticket's stream for an auditor: every event as recorded, and the ticket as it was (R43). It only reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from eventsourcing.domain import AggregateEvent

from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import TicketEvent, own_fields, stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.event_store import Recorded, opened, read_stream
from izarlink_tickets.sealing import Keys


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """One event as recorded. event: the bare class name; at: aware UTC; data: its own fields, opened (None: erased)."""

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
    """The events up to the version asked for, and the ticket folded from them. last_version: of the whole stream."""

    events: list[ReplayedEvent]
    ticket: Ticket
    title: str | None
    last_version: int


class Replayer:
    """Read streams back. It takes no part in commands."""

    def __init__(self, database: Database, *, sealing_key: bytes) -> None:
        self._database = database
        self._sealing_key = sealing_key

    def replay(
        self, viewer: Actor, *, number: int, version: int | None = None, until: datetime | None = None
    ) -> Replay:
        """Replay a ticket up to a version or a moment (aware, inclusive); the whole stream without either.

        Raises: NotAllowed for whoever may see less than every event; TicketNotFound, also where the ticket did not
        exist yet.
        """
        access.require(allowed=access.sees_internal(viewer))
        with self._database.query() as connection:
            keys = Keys(connection, self._sealing_key)
            stream = read_stream(connection, mapper_of(keys), stream_of(number))
            wanted = list(takewhile(lambda one: _is_within(one, version=version, until=until), stream))
            ticket = _fold(one.event for one in wanted)
            if ticket is None:
                raise TicketNotFound(number)
            events = [_replayed(one.position, opened(one.event, keys)) for one in wanted]
        return Replay(events, ticket, events[0].data["title"], last_version=len(stream))


def _is_within(recorded: Recorded, *, version: int | None, until: datetime | None) -> bool:
    event = recorded.event
    return (version is None or event.originator_version <= version) and (until is None or event.timestamp <= until)


def _fold(events: Iterable[AggregateEvent]) -> Ticket | None:
    ticket: Ticket | None = None
    for event in events:
        ticket = event.mutate(ticket)
    return ticket


def _replayed(position: int, event: AggregateEvent) -> ReplayedEvent:
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
