"""Replaying a ticket of a hundred events, with its texts sealed and with its texts opened."""

import time
from collections.abc import Callable, Iterator

from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.seeding.log import Plan
from izarlink_tickets.application import Portal
from izarlink_tickets.application.ticket_snapshots import ticket_after
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.cli.session import READER
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.event_store import load_events

LEAST_ROUNDS = 20


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Time both, the fastest of many rounds."""
    number = Plan.of(database.seeded.tickets).hundred_ticket
    with database.opened_portal() as portal:
        events = len(portal.audit.replay(READER, number=number).events)
        for figure, work in (
            ("texts sealed", lambda: _fold(portal, number)),
            ("texts opened", lambda: portal.audit.replay(READER, number=number)),
        ):
            yield Measure(database.kind, "replay", figure, events / _fastest(work, options.seconds), "events/s")


def _fold(portal: Portal, number: int) -> object:
    with portal.database.query() as connection:
        return ticket_after(load_events(connection, mapper_of(None), stream_of(number)))


def _fastest(work: Callable[[], object], seconds: float) -> float:
    """Return the seconds of the fastest round."""
    best, rounds, end = float("inf"), 0, time.perf_counter() + seconds
    while rounds < LEAST_ROUNDS or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best, rounds = min(best, time.perf_counter() - start), rounds + 1
    return best
