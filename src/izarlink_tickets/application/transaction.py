"""The transaction of one command, which loads and stores tickets.

Events, read models, outbox rows and the row of the command log commit together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets import notifications, projections
from izarlink_tickets.accounts import Recipient
from izarlink_tickets.application.ticket_snapshots import SHAPE, VERSIONS_BETWEEN, snapshot_of, ticket_of
from izarlink_tickets.application.usage_limits import CommandLimits
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import OptimisticTransaction
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.events import TICKET_EVENTS, TicketEvent, stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.event_store import (
    LogHead,
    Mapper,
    RecentStream,
    Recorded,
    advance_head,
    append,
    load_stream,
    store_snapshot,
    stream_of_rows,
)
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.projections.versions import require_versions
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


class Transaction:
    """One command under way, on the connection that will commit it.

    It reads and decides before it locks anything: other writers wait from `begin_writing` on.
    """

    def __init__(
        self, connection: Connection, *, sealing_key: SealingKey, opened: OptimisticTransaction | None = None
    ) -> None:
        """Prepare without a query. opened: the transaction; None for reading alone."""
        self.connection = connection
        self._opened = opened
        self.keys = Keys(connection, sealing_key, before_insert=self.begin_writing)
        self._mapper = mapper_of(self.keys)
        self._head: LogHead | None = None
        # The live read models when they were last asked for.
        self.published: str | None = None
        # Of a customer's command; None for none.
        self.limits: CommandLimits | None = None
        # How many mails of the command leave at once.
        self.mails = 0
        # The streams that were read, by ticket number.
        self._streams: dict[int, RecentStream] = {}

    def begin_writing(self) -> None:
        """Become the only writer, where the database has no locks of rows."""
        if self._opened:
            self._opened.begin_writing()

    def remember_stream(self, number: int, rows: Sequence[Sequence[Any]]) -> None:
        """Take a ticket's stream from rows of the caller's own query."""
        self._streams[number] = stream_of_rows(self.connection, self._mapper, stream_of(number), rows, shape=SHAPE)

    def load(self, number: int, context: CommandContext) -> Ticket:
        """Load the ticket from its snapshot and the events after it.

        Raises: TicketNotFound, both for a missing ticket and for one that the actor may not see.
        """
        if number not in self._streams:
            self._streams[number] = load_stream(self.connection, self._mapper, stream_of(number), shape=SHAPE)
        ticket = ticket_of(self._streams[number])
        if ticket is None or not access.sees(context.actor, ticket):
            raise TicketNotFound(number)
        return ticket

    def take_number(self, *, events: int) -> int:
        """Take a ticket number, and positions for its events.

        Other writers wait from here on.
        """
        self._head = self._advance_head(events=events, tickets=1)
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
        before = projections.current_rows(self.connection, events, number=ticket.number, published=self.published)
        failpoint(Point.BEFORE_APPEND)
        head, self._head = self._take_positions(len(events)), None
        append(self.connection, stored, head.positions)
        failpoint(Point.AFTER_EVENTS)
        recorded = map(Recorded, head.positions, events)
        projections.project(self.connection, recorded, before, number=ticket.number)
        failpoint(Point.AFTER_READ_MODELS)
        self._store_snapshot(ticket)
        self._notify(context, recipients, number=ticket.number, entry=entry)
        failpoint(Point.AFTER_OUTBOX)
        return CommandResult(ticket.number, entry)

    def _notify(self, context: CommandContext, recipients: Sequence[str], *, number: int, entry: int) -> None:
        """Enqueue the mails; those of a flood for a digest."""
        digest_at = self.limits.digest_time(len(recipients)) if self.limits else None
        self.mails = 0 if digest_at else len(recipients)
        notifications.notify(self.connection, context, recipients, number=number, entry=entry, digest_at=digest_at)

    def _advance_head(self, *, events: int, tickets: int = 0) -> LogHead:
        """Take positions as the only writer. Raises: HourlyLimitReached, QuotaReached."""
        self.begin_writing()
        head = advance_head(self.connection, events=events, tickets=tickets)
        if self.limits:
            self.limits.check_as_only_writer(self.connection, position=head.positions.start - 1)
        return head

    def _store_snapshot(self, ticket: Ticket) -> None:
        """Store a snapshot once enough events follow the latest one."""
        stream = self._streams.get(ticket.number)
        latest = stream.snapshot.version if stream and stream.snapshot else 0
        if ticket.version - latest >= VERSIONS_BETWEEN:
            store_snapshot(self.connection, snapshot_of(ticket))

    def _take_positions(self, count: int) -> LogHead:
        """Return what was taken with the ticket's number, or take it now.

        What is written from here on returns nothing. Raises: ReadModelsOutdated.
        """
        if self._head is None:
            self._head = self._advance_head(events=count)
        require_versions(self.connection, projections.VERSIONS, published=self._head.read_models)
        if self._opened:
            self._opened.write_on()
        return self._head
