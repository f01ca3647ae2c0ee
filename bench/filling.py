"""Tickets created by the ordinary commands, many in one transaction.

A transaction, and so a disk sync, per command would take an hour.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection
from tests.cast import Cast

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.attachments import Upload
from izarlink_tickets.database import Database
from izarlink_tickets.domain.vocabulary import Channel, CommandContext

COMMANDS_PER_TRANSACTION = 500
TICKETS_PER_FILE = 50  # every fiftieth ticket has a file
FILE_BYTES = 20_000
TEXT = "Depuis ce matin le débit tombe à 2 Mbit/s au fournil, et la caisse ne répond plus. " * 4


class BatchDatabase(Database):
    """A database whose commands share the transaction of a batch."""

    def __init__(self, url: str, data_dir: Path) -> None:
        super().__init__(url, data_dir=data_dir)
        self._shared: Connection | None = None

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Commit all commands of the block together."""
        with super().command() as connection:
            self._shared = connection
            yield
            self._shared = None

    @contextmanager
    def command(self) -> Iterator[Connection]:
        if self._shared is None:
            raise RuntimeError("No batch has begun.")
        yield self._shared

    @contextmanager
    def query(self) -> Iterator[Connection]:
        with self.command() as connection:
            yield connection


def fill(portal: Portal, cast: Cast, *, events: int, since: datetime) -> int:
    """Add tickets until the log has `events` events; return the number of tickets."""
    database = BatchDatabase(portal.settings.database_url, portal.settings.data_dir)
    commands = _run_commands(open_portal(portal.settings, portal.keys, database=database).tickets, cast, since)
    number = 0
    try:
        while _length(portal) < events:
            with database.batch():
                for _ in range(COMMANDS_PER_TRANSACTION):
                    number = next(commands)
    finally:
        database.close()
    return number


def _length(portal: Portal) -> int:
    with portal.database.query() as connection:
        return int(connection.exec_driver_sql("SELECT position FROM log_head").scalar_one())


def _run_commands(tickets: Tickets, cast: Cast, since: datetime) -> Iterator[int]:
    """Run one command per iteration and yield its ticket's number.

    Tickets get between none and all of the steps from the question to the approval.
    """
    ids, customers = count(1), cycle(("alice", "bob", "carol", "charlie"))

    def context(name: str) -> CommandContext:
        nth = next(ids)
        return CommandContext(
            cast[name].actor, since + timedelta(seconds=nth), Channel.WEB, str(UUID(int=2**100 + nth))
        )

    for nth, customer in enumerate(customers):
        uploads = (
            [Upload("mesure.txt", TEXT.encode() * (FILE_BYTES // len(TEXT)))] if nth % TICKETS_PER_FILE == 0 else []
        )
        opened = tickets.open(
            context(customer),
            ticket_type="INCIDENT",
            category="DEBIT",
            service_id=None,
            urgency=3,
            title=f"Débit trop bas, mesure {nth}",
            description=TEXT,
            uploads=uploads,
        )
        yield opened.number
        steps: tuple[Callable[[int], object], ...] = (
            lambda n: tickets.request_information(context("sam"), number=n, question=TEXT),
            lambda n, who=customer: tickets.add_follow_up(context(who), number=n, text=TEXT),  # type: ignore[misc]  # a default binds the name
            lambda n: tickets.resolve(context("sam"), number=n, solution=TEXT),
            lambda n, who=customer: tickets.approve_solution(context(who), number=n, solution_version=1),  # type: ignore[misc]  # a default binds the name
        )
        for step in steps[: nth % 5]:
            step(opened.number)
            yield opened.number
