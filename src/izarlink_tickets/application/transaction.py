"""The transaction of one command, which loads and stores tickets.

Events, read models, outbox rows and the row of the command log commit together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eventsourcing.domain import AggregateEvent
from sqlalchemy import Connection

from izarlink_tickets import notifications, projections
from izarlink_tickets.accounts import Recipient
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import TICKET_EVENTS, TicketEvent, stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import LogHead, Mapper, Recorded, advance_head, append, load_events
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
    """One command under way, on the connection that will commit it.

    It reads and decides before it locks anything: other writers wait from `begin_writing` on.
    """

    def __init__(
        self, connection: Connection, *, sealing_key: bytes, begin_writing: Callable[[], None] = lambda: None
    ) -> None:
        self.connection = connection
        self.begin_writing = begin_writing
        self.keys = Keys(connection, sealing_key, before_insert=begin_writing)
        self._mapper = mapper_of(self.keys)
        self._head: LogHead | None = None

    def load(self, number: int, context: CommandContext) -> Ticket:
        """Load the ticket from its events.

        Raises: TicketNotFound, both for a missing ticket and for one that the actor may not see.
        """
        ticket = ticket_after(load_events(self.connection, self._mapper, stream_of(number)))
        if ticket is None or not access.sees(context.actor, ticket):
            raise TicketNotFound(number)
        return ticket

    def take_number(self, *, events: int) -> int:
        """Take a ticket number, and positions for its events.

        Other writers wait from here on.
        """
        self.begin_writing()
        self._head = advance_head(self.connection, events=events, tickets=1)
        return self._head.ticket_number

    def store(
        self, ticket: Ticket, context: CommandContext, *, concerned: Sequence[Recipient] | None = None
    ) -> CommandResult:
        """Append the ticket's new events, update the read models, enqueue the mails.

        concerned: the people whom the events concern, where the command has read them already.
        Taking positions is the command's first write: writers queue there, after all that can be done before.
        Source: ADR 0001.
        """
        events = [event for event in ticket.collect_events() if isinstance(event, TicketEvent)]
        stored = [self._mapper.to_stored_event(event) for event in events]
        entry = events[0].originator_version
        if concerned is None:
            concerned = notifications.people_concerned(self.connection, ticket, events)
        recipients = notifications.recipients_among(concerned, context, ticket=ticket, recorded=events)
        failpoint(Point.BEFORE_APPEND)
        positions = self._positions(len(events))
        append(self.connection, stored, positions)
        failpoint(Point.AFTER_EVENTS)
        projections.project(self.connection, map(Recorded, positions, events))
        failpoint(Point.AFTER_READ_MODELS)
        notifications.notify(self.connection, context, recipients, number=ticket.number, entry=entry)
        failpoint(Point.AFTER_OUTBOX)
        return CommandResult(ticket.number, entry)

    def _positions(self, count: int) -> range:
        """Return the positions taken with the ticket's number, or take them now."""
        if self._head is None:
            self.begin_writing()
            self._head = advance_head(self.connection, events=count)
        return self._head.positions
