"""Work in a process of its own, so that it shares no interpreter with the clients."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime

from bench.databases import SeededDatabase
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.verify import FindingStatus

Work = Callable[[SeededDatabase], float]


@contextmanager
def begun(work: Work, database: SeededDatabase) -> Iterator[Future[float]]:
    """Begin the work in a new process; the future is what it returns."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.submit(work, database)


def run(work: Work, database: SeededDatabase) -> float:
    """Run the work in a new process; return what it returns."""
    with begun(work, database) as future:
        return future.result()


def rebuild(database: SeededDatabase) -> float:
    """Rebuild the read models; return the seconds."""
    with database.opened_portal() as portal:
        start = time.perf_counter()
        portal.read_models.rebuild()
        return time.perf_counter() - start


def verify(database: SeededDatabase) -> float:
    """Verify everything, which must find nothing; return the seconds."""
    with database.opened_portal() as portal:
        start = time.perf_counter()
        findings = list(open_verifier(portal).findings(now=datetime.now(UTC)))
        seconds = time.perf_counter() - start
    breaches = [finding.as_line() for finding in findings if finding.status is FindingStatus.BREACH]
    assert not breaches, breaches
    return seconds
