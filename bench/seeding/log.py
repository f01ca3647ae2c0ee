"""The log of a seeded portal, with its command log, outbox and files, written in bulk."""

import multiprocessing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from random import Random
from threading import Semaphore
from typing import Any
from unittest.mock import patch
from uuid import UUID

from eventsourcing.domain import AggregateEvent
from eventsourcing.persistence import Mapper, StoredEvent
from sqlalchemy import Connection, Dialect, update

from bench.seeding import people as persons
from bench.seeding.people import People
from bench.seeding.stories import (
    COLLEAGUE,
    CUSTOMER,
    FILE_BYTES,
    FILE_ID,
    ORGANISATION,
    SERVICE,
    SHA256,
    STAFF,
    Story,
    StoryCommand,
    ticket_events,
    write_stories,
)
from bench.seeding.texts import texts, titles
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database
from izarlink_tickets.domain.account import AccountCreated, PasswordChanged, SignedIn
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.vocabulary import SYSTEM
from izarlink_tickets.event_store import commands, events, log_head
from izarlink_tickets.outbox import MailKind, MailStatus, message_id_of, outbox
from izarlink_tickets.projections.bulk import BulkTable
from izarlink_tickets.sealing import Keys

CHUNK = 500  # tickets
PROCESSES, CHUNKS_PER_TRANSACTION = 2, 10
INLINE = 2 * CHUNK  # up to as many tickets, starting processes would take longer
# The measured customer: as many tickets whatever the size, spread over the years.
MEASURED_TICKETS, MEASURED_ENTRIES = 40, (2, 3, 4)
SPAN, YOUNGEST = timedelta(days=900), timedelta(days=25)
FILE_EVERY = 50
IN_TROUBLE = 5  # doubtful mails, and as many failed ones
DELIVERY = timedelta(seconds=4)

# Without the position, which the events get when they are written.
_EVENT_COLUMNS = ("stream_id", "version", "topic", "state")
_COMMAND_COLUMNS = ("actor_id", "command_id", "digest", "number", "entry", "result", "at")
_MAIL_COLUMNS = (
    *("id", "kind", "command_id", "account_id", "number", "entry", "status", "created_at", "due_at", "attempts"),
    *("doubts", "finished_at", "last_answer", "settled_doubts"),
)
_TICKET_MAIL, _SENT = MailKind.TICKET.value, MailStatus.SENT.value
_DELIVERED = (1, 0, "250 2.0.0 Ok: queued", 0)
# SQLite's 2 MB cache would read a page of a random key for nearly each row of a large log.
_SQLITE_SPEED = ("PRAGMA cache_size = -500000", "PRAGMA wal_autocheckpoint = 20000")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The input of each process that makes tickets. now: aware UTC."""

    url: str
    data_dir: Path
    files: Path
    master_key: SealingKey
    tickets: int
    people: People
    now: datetime


@dataclass(frozen=True, slots=True)
class Chunk:
    """Encoded rows of some hundred tickets; events without a position, in the order of the log."""

    tickets: int
    events: list[Row]
    commands: list[Row]
    mails: list[Row]


@dataclass(frozen=True, slots=True)
class Plan:
    """The requester and the subject of each ticket."""

    tickets: int
    people: People

    @classmethod
    def of(cls, tickets: int) -> "Plan":
        """Plan this many tickets."""
        return cls(tickets, People.of(tickets))

    @property
    def step(self) -> int:
        """The distance between two tickets of the measured customer."""
        step = max(1, self.tickets // MEASURED_TICKETS)
        # Every third ticket is open, and the customer has open and finished ones.
        return step - (step % 3 == 0)

    @property
    def measured(self) -> int:
        """The measured customer: the second person of the first organisation."""
        return 1

    def is_measured(self, number: int) -> bool:
        return number % self.step == 0 and number // self.step <= MEASURED_TICKETS

    @property
    def long_ticket(self) -> int:
        """The number of the ticket of five hundred entries."""
        return self.step

    @property
    def hundred_ticket(self) -> int:
        """The number of the ticket of a hundred events."""
        return 5 * self.step

    @property
    def ten_entries(self) -> list[int]:
        """The numbers of the tickets of ten entries."""
        return [nth * self.step for nth in MEASURED_ENTRIES if nth * self.step <= self.tickets]

    def customer(self, number: int) -> int:
        """Return the requester of a ticket."""
        if self.is_measured(number):
            return self.measured
        chosen = number * 7_919 % (self.people.customers - 1)
        return chosen if chosen < self.measured else chosen + 1


class _Tables:
    """The tables of the log, by the thousand rows."""

    def __init__(self, dialect: Dialect) -> None:
        self.unplaced_events = BulkTable(events, dialect, columns=_EVENT_COLUMNS)
        self.events = BulkTable(events, dialect, columns=("position", *_EVENT_COLUMNS))
        self.commands = BulkTable(commands, dialect, columns=_COMMAND_COLUMNS)
        self.mails = BulkTable(outbox, dialect, columns=_MAIL_COLUMNS)

    def chunk(self, tickets: int, made: Sequence[tuple[Sequence[Row], Row, Sequence[Row]]]) -> Chunk:
        """Encode the events, row and mails of each command."""
        return Chunk(
            tickets,
            self.unplaced_events.encode([event for rows, _, _ in made for event in rows]),
            self.commands.encode([row for _, row, _ in made]),
            self.mails.encode([mail for _, _, mails in made for mail in mails]),
        )

    def append(self, connection: Connection, position: int, chunk: Chunk) -> int:
        """Store a chunk after a position; return the last one."""
        self.events.insert(connection, [(position + nth, *row) for nth, row in enumerate(chunk.events, 1)])
        self.commands.insert(connection, chunk.commands)
        self.mails.insert(connection, chunk.mails)
        return position + len(chunk.events)


class _Writer:
    """Makes the tickets of one process."""

    def __init__(self, source: Source, connection: Connection) -> None:
        self._source, self._plan = source, Plan.of(source.tickets)
        self._tables = _Tables(connection.dialect)
        self._keys = Keys(connection, source.master_key)
        self._mapper: Mapper[UUID] = mapper_of(self._keys)
        self._stories, self._titles, self._texts = write_stories(), titles(), texts()
        self._store = FolderStore(source.files)
        self._begin = source.now - SPAN

    def chunk(self, first: int) -> Chunk:
        """Make the tickets of a chunk, their commands ordered by time."""
        last = min(first + CHUNK, self._source.tickets + 1)
        made = [command for number in range(first, last) for command in self._ticket(number)]
        made.sort(key=lambda command: command[0])
        return self._tables.chunk(last - first, [command[1:] for command in made])

    def _ticket(self, number: int) -> Iterator[tuple[datetime, list[Row], Row, list[Row]]]:
        story, customer = self._story(number), self._plan.customer(number)
        values = self._values(number, customer, story)
        at = self._begin + (SPAN - YOUNGEST) * (number / self._source.tickets)
        for command, moment, command_id, made in ticket_events(
            story,
            stream_id=stream_of(number),
            number=number,
            values=values,
            at=at,
            typed=_from(self._texts, number),
            titles=_from(self._titles, number),
        ):
            actor = values[command.actor]
            row = (actor, command_id, f"{number:064x}", number, command.entry, None, moment)
            yield moment, [self._row(event) for event in made], row, list(_mails(row, command, values))

    def _story(self, number: int) -> Story:
        if number == self._plan.long_ticket:
            return self._stories.long
        if number == self._plan.hundred_ticket:
            return self._stories.hundred
        if number in self._plan.ten_entries:
            return self._stories.ten
        if number % FILE_EVERY == 1:
            return self._stories.with_file
        stories = self._stories.finished if number % 3 else self._stories.open
        return stories[number * 31 % len(stories)]

    def _values(self, number: int, customer: int, story: Story) -> dict[str, str]:
        organisation = customer // self._source.people.people
        technicians = self._source.people.staff - 2
        values = {
            CUSTOMER: persons.customer_id(customer),
            STAFF: persons.staff_id(number % technicians),
            COLLEAGUE: persons.staff_id((number + 1) % technicians),
            ORGANISATION: persons.organisation_id(organisation),
            SERVICE: persons.service_id(organisation),
        }
        return values | self._stored_file(number, values[CUSTOMER]) if story.has_file else values

    def _stored_file(self, number: int, account_id: str) -> dict[str, str]:
        file_id = str(UUID(int=(6 << 64) + number, version=4))
        content = Random(number).randbytes(FILE_BYTES // 2).hex().encode()
        return {FILE_ID: file_id, SHA256: self._store.put(self._keys.seal_bytes(account_id, content, context=file_id))}

    def _row(self, event: AggregateEvent) -> Row:
        stored: StoredEvent = self._mapper.to_stored_event(event)
        return stored.originator_id, stored.originator_version, stored.topic, stored.state


def _from(pool: Sequence[str], number: int) -> Iterator[str]:
    """Yield the pool's texts without end, from another place for each ticket."""
    place = number * 17
    while True:
        place = (place + 1) % len(pool)
        yield pool[place]


def _mails(command_row: Row, command: StoryCommand, values: Mapping[str, str]) -> Iterator[Row]:
    actor, command_id, _, number, entry, _, at = command_row
    readers = [values[reader] for reader in command.readers]
    if command.tells_team:
        readers += [persons.staff_id(nth) for nth in range(persons.MAILED_STAFF)]
    sent = (_SENT, at, at, *_DELIVERED[:2], at + DELIVERY, *_DELIVERED[2:])
    for reader in sorted(set(readers)):
        mail_id = message_id_of(actor_id=actor, command_id=command_id, account_id=reader, kind=MailKind.TICKET)
        yield (mail_id, _TICKET_MAIL, command_id, reader, number, entry, *sent)


# --- writing ----------------------------------------------------------------------------------------------------------

_writer: _Writer
_resources = ExitStack()


def _begin(source: Source) -> None:
    """Open what a process needs until it ends."""
    global _writer  # noqa: PLW0603 - the pool has no other place for it
    # What a power cut would lose is seeded again.
    _resources.enter_context(patch("os.fsync", lambda _descriptor: None))
    database = Database(source.url, data_dir=source.data_dir)
    _resources.callback(database.close)
    _writer = _Writer(source, _resources.enter_context(database.query()))


def _make(first: int) -> Chunk:
    return _writer.chunk(first)


def write_log(database: Database, source: Source, account_ids: Sequence[str]) -> int:
    """Append the events of all accounts and tickets; return their number."""
    with ExitStack() as stack:
        with database.query() as connection:
            tables = _Tables(connection.dialect)
        chunks = chain([_account_chunk(tables, source, account_ids)], _chunks(stack, source))
        position, written = 0, 0
        while batch := list(islice(chunks, CHUNKS_PER_TRANSACTION)):
            with database.restoration() as connection:
                for pragma in _SQLITE_SPEED if database.dialect == "sqlite" else ():
                    connection.exec_driver_sql(pragma)
                for chunk in batch:
                    position, written = tables.append(connection, position, chunk), written + chunk.tickets
                connection.execute(update(log_head).values(position=position, ticket_number=written))
    with database.command() as connection:
        _trouble(connection)
    return position


def _chunks(stack: ExitStack, source: Source) -> Iterator[Chunk]:
    """Yield the tickets of other processes, which are never far ahead."""
    firsts = range(1, source.tickets + 1, CHUNK)
    if source.tickets <= INLINE:
        stack.callback(_resources.close)
        _begin(source)
        yield from map(_make, firsts)
        return
    pool = stack.enter_context(multiprocessing.get_context("spawn").Pool(PROCESSES, _begin, (source,)))
    ahead = Semaphore(2 * CHUNKS_PER_TRANSACTION)
    for chunk in pool.imap(_make, _throttled(firsts, ahead)):
        ahead.release()
        yield chunk


def _throttled(firsts: Iterable[int], ahead: Semaphore) -> Iterator[int]:
    for first in firsts:
        ahead.acquire()
        yield first


def _trouble(connection: Connection) -> None:
    """Let a few mails be doubtful, and as many have failed."""
    few = [row[0] for row in connection.execute(outbox.select().order_by(outbox.c.id).limit(2 * IN_TROUBLE))]
    connection.execute(update(outbox).where(outbox.c.id.in_(few[:IN_TROUBLE])).values(doubts=1, attempts=2))
    failed = {"status": MailStatus.FAILED.value, "last_answer": "550 5.1.1 No such user"}
    connection.execute(update(outbox).where(outbox.c.id.in_(few[IN_TROUBLE:])).values(failed))


def _account_chunk(tables: _Tables, source: Source, account_ids: Sequence[str]) -> Chunk:
    """Make the events of accounts: created, a password chosen, signed in."""
    mapper, at = mapper_of(None), source.now - SPAN - timedelta(days=1)
    made = list[tuple[list[Row], Row, list[Row]]]()
    for nth, account_id in enumerate(account_ids):
        for version, kind in enumerate((AccountCreated, PasswordChanged, SignedIn), 1):
            command_id = f"{nth:08x}-0000-4000-8001-{version:012x}"
            common: dict[str, Any] = {
                "originator_id": UUID(account_id),
                "originator_version": version,
                "timestamp": at,
            }
            author = {"actor_id": account_id, "role": "customer", "channel": "web", "command_id": command_id}
            own: dict[str, Any] = (
                {} if kind is not AccountCreated else {"account_role": "customer", "organisation_id": None}
            )
            stored = mapper.to_stored_event(kind(**(common | author | own)))
            logged = (SYSTEM.account_id, command_id, "", None, None, account_id, at)
            made.append(([(stored.originator_id, version, stored.topic, stored.state)], logged, []))
    return tables.chunk(0, made)


def moment_now() -> datetime:
    """Return the time, aware UTC, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
