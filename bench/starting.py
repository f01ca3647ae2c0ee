"""Time of a start, and memory of the portal's processes, idle and after load."""

import time
from collections.abc import Iterator
from functools import partial
from statistics import median

from bench import works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.measuring import Side, timed
from bench.serving import Server, serving
from bench.visitors import get, sign_in

STARTS, SETTLE_SECONDS, CLIENTS = 5, 1.0, 8


def measure(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Start the portal some times, as an operator does; load the last one with every page."""
    ready, cpu, idle, loaded = list[float](), list[float](), list[float](), 0.0
    for nth in range(STARTS):
        with serving(database, "up") as server:
            ready.append(server.ready_seconds)
            cpu.append(server.cpu_seconds())
            time.sleep(SETTLE_SECONDS)
            idle.append(server.memory_mb())
            if nth == STARTS - 1:
                _load(database, server, options.seconds)
                loaded = server.memory_mb()
    for figure, value, unit in (
        ("until ready", median(ready), "s"),
        ("processor time until ready", median(cpu), "s"),
        ("memory idle (PSS)", median(idle), "MB"),
        ("memory after load (PSS)", loaded, "MB"),
    ):
        yield Measure(database.kind, "start", figure, value, unit, is_higher_better=False)


def _load(database: SeededDatabase, server: Server, seconds: float) -> None:
    for page in works.pages(database, sign_in(database, others=1)):
        ask = partial(get, server.host, page.path, page.visitor)
        timed(Side(server, [ask] * CLIENTS, page.status), seconds / 2)
