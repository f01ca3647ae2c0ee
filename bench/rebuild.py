"""Rebuilding and verifying a portal, and commands meanwhile."""

from collections.abc import Iterator
from functools import partial

from bench import children, http_client, works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.http_client import Sample
from bench.measuring import Side, Timed, alternate, latencies_of, quantile
from bench.serving import Server, serving
from bench.visitors import sign_in

SEE_OTHER, CUSTOMERS, SLICE_SECONDS = 303, 100, 0.5


def measure_verify(database: SeededDatabase, _options: Options) -> Iterator[Measure]:
    """Verify the whole portal."""
    seconds = children.run(children.verify, database)
    yield Measure(database.kind, "verify", "speed", _events(database) / seconds, "events/s")


def measure_rebuild(database: SeededDatabase, options: Options) -> Iterator[Measure]:
    """Rebuild the read models alone, then under commands of one client."""
    seconds = children.run(children.rebuild, database)
    yield Measure(database.kind, "rebuild", "speed", _events(database) / seconds, "events/s")
    with serving(database, "serve", "--web-only") as server:
        side = Side(server, [_follow_ups(database, server)], SEE_OTHER)
        quiet, _ = alternate(side, None, seconds=options.seconds)
        during = _while_rebuilding(database, side)
    slowed = 1 - _rate(during) / _rate(quiet)
    longest = max(latencies_of(during)) * 1000
    for figure, value, unit in (
        ("commands a second fewer meanwhile", slowed * 100, "%"),
        ("p50 of a command ÷ without", quantile(latencies_of(during), 0.5) / quantile(latencies_of(quiet), 0.5), ""),
        ("longest command, swap included", longest, "ms"),
        ("commands refused meanwhile", sum(len(sample.wrong) for sample, _ in during), ""),
    ):
        yield Measure(database.kind, "rebuild", figure, value, unit, is_higher_better=False)


def _while_rebuilding(database: SeededDatabase, side: Side) -> list[Timed]:
    runs = list[Timed]()
    with children.begun(children.rebuild, database) as future:
        while not future.done():
            # Refused commands are counted, not a reason to stop.
            sample = http_client.run(side.server.port, side.sources, seconds=SLICE_SECONDS, expected=side.status)
            runs.append((sample, 0.0))
        future.result()
    return runs


def _rate(runs: list[tuple[Sample, float]]) -> float:
    return sum(len(sample.latencies) for sample, _ in runs) / sum(sample.seconds for sample, _ in runs)


def _follow_ups(database: SeededDatabase, server: Server) -> "partial[bytes]":
    commands = {command.name: command for command in works.commands(database, sign_in(database, others=CUSTOMERS))}
    return partial(commands["follow-up"].request, server.host)


def _events(database: SeededDatabase) -> int:
    ((events,),) = database.select("SELECT position FROM log_head")
    return int(events)
