"""The transaction of one command, which loads and stores tickets.

Events, read models, outbox rows and the row of the command log commit together.
"""

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import EventStore
from sqlalchemy import Connection

from izarlink_tickets import notifications, projections
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import TICKET_EVENTS, TicketEvent, stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import Mapper, Recorded, Recorder, load_events
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.sealing import Keys

TOPICS: Mapping[str, type] = {
    **{event.TOPIC: event for event in TICKET_EVENTS},
    **{event.TOPIC: event for event in ACCOUNT_EVENTS},
    Ticket.TOPIC: Ticket,
}


def mapper_of(keys: Keys | None) -> Mapper:
    """Build the mapper that loads the registered topics only."""
    return Mapper(topics=TOPICS, keys=keys)


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The answer to a command.

    number, entry: the ticket and the first version of its new timeline entry; 0 for other commands.
    id: of the record that another command created or changed; the code of a category, the counts of an import.
    is_repeated: the command was carried out before, and this is its first answer.
    """

    number: int = 0
    entry: int = 0
    id: str = ""
    is_repeated: bool = False


def ticket_after(events: Iterable[AggregateEvent]) -> Ticket | None:
    """Build a ticket from its events; None without any."""
    ticket: Ticket | None = None
    for event in events:
        ticket = event.mutate(ticket)
    return ticket


class Transaction:
    """One command under way, on the connection that will commit it."""

    def __init__(self, connection: Connection, *, sealing_key: bytes) -> None:
        self.connection = connection
        self.keys = Keys(connection, sealing_key)
        self._mapper = mapper_of(self.keys)

    def load(self, number: int, context: CommandContext) -> Ticket:
        """Load the ticket from its events.

        Raises: TicketNotFound, both for a missing ticket and for one that the actor may not see.
        """
        ticket = ticket_after(load_events(self.connection, self._mapper, stream_of(number)))
        if ticket is None or not access.sees(context.actor, ticket):
            raise TicketNotFound(number)
        return ticket

    def store(self, ticket: Ticket, context: CommandContext) -> CommandResult:
        """Append the ticket's new events, update the read models, enqueue the mails.

        The append is the command's first write: writers queue there. Source: ADR 0001.
        """
        events = [event for event in ticket.collect_events() if isinstance(event, TicketEvent)]
        failpoint(Point.BEFORE_APPEND)
        stored = EventStore(self._mapper, Recorder(lambda: nullcontext(self.connection))).put(events)
        failpoint(Point.AFTER_EVENTS)
        recorded = [Recorded(row.notification.id, event) for row, event in zip(stored, events, strict=True)]
        projections.project(self.connection, recorded, number=ticket.number)
        failpoint(Point.AFTER_READ_MODELS)
        entry = events[0].originator_version
        notifications.notify(self.connection, context, ticket=ticket, recorded=events, entry=entry)
        failpoint(Point.AFTER_OUTBOX)
        return CommandResult(ticket.number, entry)
