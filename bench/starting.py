"""How long a start takes, and what the idle portal's processes hold."""

import time
from collections.abc import Iterator
from statistics import median

from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.serving import serving

STARTS, SETTLE_SECONDS = 5, 1.0


def measure(database: SeededDatabase, _options: Options) -> Iterator[Measure]:
    """Start the portal some times, as an operator does."""
    ready, cpu, memory = list[float](), list[float](), list[float]()
    for _ in range(STARTS):
        with serving(database, "up") as server:
            ready.append(server.ready_seconds)
            cpu.append(server.cpu_seconds())
            time.sleep(SETTLE_SECONDS)
            memory.append(server.memory_mb())
    for figure, values, unit in (
        ("until ready", ready, "s"),
        ("processor time until ready", cpu, "s"),
        ("memory (PSS)", memory, "MB"),
    ):
        yield Measure(database.kind, "start", figure, median(values), unit, is_higher_better=False)
