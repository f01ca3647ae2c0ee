"""One transaction a command: events, read models, outbox rows and the command's id commit together (D1, D4, D5).

Two writers on one ticket: the second loads and decides again. A lost COMMIT answer is answered by the command's id.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

import orjson
import structlog
from eventsourcing.persistence import EventStore, RecordConflictError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from izarlink_tickets import notifications, projections
from izarlink_tickets.application.command_log import CommandResult, find_answer, remember
from izarlink_tickets.database import CommitUnknown, Database, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.domain.errors import Refusal, TicketNotFound
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
# Enough for a crowd on one ticket; a conflict costs a few milliseconds, and jitter lets the crowd disperse.
ATTEMPTS = 12
_PAUSE_SECONDS = 0.02

T = TypeVar("T")

_log = structlog.get_logger()


def mapper_of(keys: Keys | None) -> Mapper:
    """Make the mapper that loads the registered topics only."""
    return Mapper(topics=TOPICS, keys=keys)


class Transaction:
    """One command under way: what it may read and record, on the connection that will commit it."""

    def __init__(self, connection: Connection, *, sealing_key: bytes) -> None:
        self.connection = connection
        self.keys = Keys(connection, sealing_key)
        self._mapper = mapper_of(self.keys)
        self._store = EventStore(self._mapper, Recorder(lambda: nullcontext(connection)))

    def load(self, number: int, context: CommandContext) -> Ticket:
        """Fold the ticket from its stream. Raises: TicketNotFound, for a stranger's as for a missing one (R41)."""
        ticket: Ticket | None = None
        for event in load_events(self.connection, self._mapper, stream_of(number)):
            ticket = event.mutate(ticket)
        if ticket is None or not access.sees(context.actor, ticket):
            raise TicketNotFound(number)
        return ticket

    def record(self, events: Sequence[TicketEvent]) -> list[Recorded]:
        """Append the events to the log. The first write of a command: here writers queue (D3)."""
        recordings = self._store.put(events)
        positions = (one.notification.id for one in recordings)
        return [Recorded(position, event) for position, event in zip(positions, events, strict=True)]

    def digest(self, context: CommandContext, content: Mapping[str, Any]) -> str:
        """Fingerprint a command's content under its actor's key."""
        return self.keys.digest(context.actor.account_id, orjson.dumps(content, option=orjson.OPT_SORT_KEYS))


class Transactions:
    """Run commands on tickets, each in one transaction, again where another was faster."""

    def __init__(self, database: Database, *, sealing_key: bytes) -> None:
        self._database = database
        self._sealing_key = sealing_key

    def answer_to(self, context: CommandContext, *, content: Mapping[str, Any]) -> CommandResult | None:
        """Say what this very command led to before, or None. Raises: CommandAlreadyUsed."""

        def look_up() -> CommandResult | None:
            # Not on a connection that only reads: whoever was erased gets a new key with the first digest.
            with self._database.command() as connection:
                transaction = Transaction(connection, sealing_key=self._sealing_key)
                return find_answer(connection, context, digest=transaction.digest(context, content))

        return with_retries(look_up)

    def read(self, question: Callable[[Transaction], T]) -> T:
        """Ask something that needs folded tickets, without writing."""
        with self._database.query() as connection:
            return question(Transaction(connection, sealing_key=self._sealing_key))

    def run(
        self, context: CommandContext, *, content: Mapping[str, Any], decide: Callable[[Transaction], Ticket]
    ) -> CommandResult:
        """Carry out one command on a ticket and give its answer; a repetition gets the first one.

        content: what tells this command from another under the same id. decide: loads or opens the ticket and acts on
        it; called again after a conflict.
        Raises: the refusals of `decide`, CommandAlreadyUsed; DatabaseBusy, DatabaseUnreachable, StorageFull;
        CommitUnknown where the database stays away, and sending the same command again is safe.
        """

        def attempt() -> CommandResult:
            with self._database.command() as connection:
                transaction = Transaction(connection, sealing_key=self._sealing_key)
                answer = _carry_out(transaction, context, digest=transaction.digest(context, content), decide=decide)
                failpoint(Point.BEFORE_COMMIT)
                return answer

        began = time.perf_counter()
        answer = with_retries(attempt)
        failpoint(Point.BEFORE_ANSWER)
        _tell(context, content, answer, seconds=time.perf_counter() - began)
        return answer


def with_retries(attempt: Callable[[], T]) -> T:
    """Try again after a conflict or a lost COMMIT answer, with growing random pauses; the last failure goes out.

    It is CommitUnknown where the answer was lost and the database stays away: then nobody can say what is stored.
    """
    doubt: CommitUnknown | None = None
    for nth in range(1, ATTEMPTS):
        try:
            return attempt()
        except CommitUnknown as error:
            doubt = error
        except (IntegrityError, RecordConflictError):
            # The database has answered, and this attempt found nothing stored.
            doubt = None
        except (DatabaseBusy, DatabaseUnreachable, StorageFull) as error:
            if doubt:
                raise doubt from error
            raise
        time.sleep(random.uniform(0, _PAUSE_SECONDS * nth))  # noqa: S311 - jitter, no secret
    try:
        return attempt()
    except RecordConflictError as error:
        raise DatabaseBusy("others were faster each time") from error


def _tell(context: CommandContext, content: Mapping[str, Any], answer: CommandResult, *, seconds: float) -> None:
    """Log one line a command: ids and codes, nothing of what was typed."""
    _log.info(
        "command",
        name=content["command"],
        ticket=answer.number,
        entry=answer.entry,
        repeated=answer.is_repeated,
        actor=context.actor.account_id,
        channel=context.channel.value,
        command_id=context.command_id,
        milliseconds=round(seconds * 1000, 1),
    )


def _carry_out(
    transaction: Transaction, context: CommandContext, *, digest: str, decide: Callable[[Transaction], Ticket]
) -> CommandResult:
    known = find_answer(transaction.connection, context, digest=digest)
    if known:
        return known
    try:
        ticket = decide(transaction)
    except Refusal:
        # PostgreSQL may have let the command's own twin through since it was looked up.
        known = find_answer(transaction.connection, context, digest=digest)
        if known:
            return known
        raise
    answer = _store(transaction, context, ticket)
    remember(transaction.connection, context, answer, digest=digest)
    return answer


def _store(transaction: Transaction, context: CommandContext, ticket: Ticket) -> CommandResult:
    events = [event for event in ticket.collect_events() if isinstance(event, TicketEvent)]
    failpoint(Point.BEFORE_APPEND)
    recorded = transaction.record(events)
    failpoint(Point.AFTER_EVENTS)
    entry = events[0].originator_version
    projections.project(transaction.connection, recorded)
    failpoint(Point.AFTER_READ_MODELS)
    notifications.notify(transaction.connection, context, ticket=ticket, recorded=events, entry=entry)
    failpoint(Point.AFTER_OUTBOX)
    return CommandResult(ticket.number, entry)
