"""Child processes that write, hold locks, or die at a failpoint.

They are forked from a server that has loaded this module, so each takes milliseconds and inherits no connection.
"""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event

from izarlink_tickets import failpoints
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.event_store import lock_head
from izarlink_tickets.failpoints import Point
from izarlink_tickets.projections import rebuilding

forks = multiprocessing.get_context("forkserver")
# Children import pytest as their main module.
forks.set_forkserver_preload([__name__, "pytest"])

WAIT_SECONDS = 60
SMALL_PAGE = 2


def killed_at(point: Point, work: Callable[[Portal], object], *, settings: Settings, nth: int = 1) -> int | None:
    """Run the work in a child that dies at the point.

    nth: the pass at which it dies. Return its exit code.
    """
    child = forks.Process(target=_work_and_die, args=(point, nth, work, settings))
    child.start()
    child.join(WAIT_SECONDS)
    return child.exitcode


def migration_killed_at(nth: int, *, settings: Settings) -> int | None:
    """Migrate in a child that dies before the nth statement.

    Return its exit code; 0 if it completed.
    """
    child = forks.Process(target=_migrate_and_die, args=(nth, settings))
    child.start()
    child.join(WAIT_SECONDS)
    return child.exitcode


@contextmanager
def working(work: Callable[[Portal], object], settings: Settings) -> Iterator[BaseProcess]:
    """Run the work in a child, until the block ends."""
    child = forks.Process(target=_work, args=(work, settings))
    child.start()
    try:
        yield child
    finally:
        child.kill()
        child.join(WAIT_SECONDS)


@contextmanager
def holding_the_log(settings: Settings) -> Iterator[BaseProcess]:
    """Hold the lock of the log in a child process."""
    is_held = forks.Event()
    child = forks.Process(target=_hold_the_log, args=(settings, is_held))
    child.start()
    try:
        assert is_held.wait(WAIT_SECONDS)
        yield child
    finally:
        child.kill()
        child.join(WAIT_SECONDS)


def _work_and_die(point: Point, nth: int, work: Callable[[Portal], object], settings: Settings) -> None:
    failpoints.arm(point, nth)
    rebuilding.PAGE = SMALL_PAGE
    _work(work, settings)


def _work(work: Callable[[Portal], object], settings: Settings) -> None:
    work(open_portal(settings, load_keys(settings)))


def _migrate_and_die(nth: int, settings: Settings) -> None:
    failpoints.arm(Point.MIGRATION_STATEMENT, nth)
    migrate(settings)


def _hold_the_log(settings: Settings, is_held: Event) -> None:
    portal = open_portal(settings, load_keys(settings))
    with closing(portal.database), portal.database.command() as connection:
        lock_head(connection)
        is_held.set()
        signal.pause()
