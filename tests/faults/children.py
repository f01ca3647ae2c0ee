"""Processes beside the test's own: they write, hold locks, and die where they are told to.

Forked from a server that has this module loaded, so that each costs milliseconds and none inherits a connection.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from typing import Any

from izarlink_tickets import notifications, projections
from izarlink_tickets.application import Portal, open_portal, transaction
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.event_store import lock_head
from izarlink_tickets.projections import rebuilding

forks = multiprocessing.get_context("forkserver")
# pytest is what children import as their main module.
forks.set_forkserver_preload([__name__, "pytest"])

WAIT_SECONDS = 60
SMALL_PAGE = 2

# What a child may have just done when it dies: the owner of a function, its name, and which call of it.
BEFORE_COMMIT: dict[str, tuple[Any, str, int]] = {
    "the file": (FolderStore, "put", 1),
    "the events": (transaction.Transaction, "record", 1),
    "the read models": (projections, "project", 1),
    "the letters": (notifications, "notify", 1),
    "the command's id": (transaction, "remember", 1),
}
AFTER_COMMIT: dict[str, tuple[Any, str, int]] = {"COMMIT": (transaction.Transactions, "run", 1)}
IN_A_REBUILD: dict[str, tuple[Any, str, int]] = {
    "the new tables": (rebuilding, "_create", 1),
    "two pages": (rebuilding.Rebuilder, "_fold", 3),
    "one swap": (rebuilding, "_swap", 1),
    "all swaps": (rebuilding, "_swap", len(projections.MODELS)),
}
_POINTS = BEFORE_COMMIT | AFTER_COMMIT | IN_A_REBUILD


def killed_after(point: str, work: Callable[[Portal], object], *, settings: Settings) -> int | None:
    """Let a child do the work and be killed at the point; give its exit code."""
    child = forks.Process(target=_work_and_die, args=(point, work, settings))
    child.start()
    child.join(WAIT_SECONDS)
    return child.exitcode


@contextmanager
def holding_the_log(settings: Settings) -> Iterator[BaseProcess]:
    """Let a child hold all writers off until it is killed."""
    is_held = forks.Event()
    child = forks.Process(target=_hold_the_log, args=(settings, is_held))
    child.start()
    try:
        assert is_held.wait(WAIT_SECONDS)
        yield child
    finally:
        child.kill()
        child.join(WAIT_SECONDS)


def _work_and_die(point: str, work: Callable[[Portal], object], settings: Settings) -> None:
    owner, name, nth = _POINTS[point]
    setattr(owner, name, _fatal(getattr(owner, name), nth))
    rebuilding.PAGE = SMALL_PAGE
    work(open_portal(settings, load_keys(settings)))


def _fatal(original: Callable[..., object], nth: int) -> Callable[..., object]:
    calls = count(1)

    def call(*args: object, **kwargs: object) -> object:
        result = original(*args, **kwargs)
        if next(calls) == nth:
            # No handler, no `finally`, no buffer gets a chance.
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def _hold_the_log(settings: Settings, is_held: Event) -> None:
    portal = open_portal(settings, load_keys(settings))
    with closing(portal.database), portal.database.command() as connection:
        lock_head(connection)
        is_held.set()
        signal.pause()
