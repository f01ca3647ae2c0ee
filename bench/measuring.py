"""Measuring: two servers in turn, and medians of their ratios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench import http_client
from bench.figures import Figures
from bench.http_client import Sample
from bench.serving import Server

SLICE_SECONDS, LEAST_SLICES, WARM_SECONDS = 0.5, 3, 0.4
Source = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Side:
    """A server and the next request of each client."""

    server: Server
    sources: Sequence[Source]
    status: int = 200


def measure(names: tuple[str, str], own: Side, other: Side | None, *, seconds: float) -> Figures:
    """Alternate between the portal and the ideal, for some seconds each.

    names: of the database and the work.
    """
    runs, others = alternate(own, other, seconds=seconds)
    latencies = latencies_of(runs)
    ratios = [run.per_second / bare.per_second for (run, _), (bare, _) in zip(runs, others, strict=bool(other))]
    return Figures(
        *names,
        clients=len(own.sources),
        p50=quantile(latencies, 0.5),
        p99=quantile(latencies, 0.99),
        longest=latencies[-1] * 1000,
        per_second=median(sample.per_second for sample, _ in runs),
        ideal_per_second=median(sample.per_second for sample, _ in others) if others else None,
        ratio=median(ratios) if ratios else None,
        cpu=cpu_ms(runs),
        ideal_cpu=cpu_ms(others) if others else None,
    )


Timed = tuple[Sample, float]


def alternate(own: Side, other: Side | None, *, seconds: float) -> tuple[list[Timed], list[Timed]]:
    """Let two servers work in turn; return their samples, each with the processor time of the server."""
    for side in (own, other):
        if side:
            _run(side, WARM_SECONDS)
    slices = max(LEAST_SLICES, round(seconds / SLICE_SECONDS))
    runs, others = list[Timed](), list[Timed]()
    for _ in range(slices):
        runs.append(timed(own, seconds / slices))
        if other:
            others.append(timed(other, seconds / slices))
    return runs, others


def timed(side: Side, seconds: float) -> Timed:
    """Run a side; return its sample and the processor time of its server."""
    before = side.server.cpu_seconds()
    sample = _run(side, seconds)
    return sample, side.server.cpu_seconds() - before


def latencies_of(runs: Sequence[Timed]) -> list[float]:
    """Return all latencies in order."""
    return sorted(latency for sample, _ in runs for latency in sample.latencies)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of ordered seconds in milliseconds."""
    return ordered[int((len(ordered) - 1) * share)] * 1000


def cpu_ms(runs: Sequence[Timed]) -> float:
    """Return the processor time of a request in milliseconds."""
    return sum(cpu for _, cpu in runs) / sum(len(sample.latencies) for sample, _ in runs) * 1000


def _run(side: Side, seconds: float) -> Sample:
    sample = http_client.run(side.server.port, side.sources, seconds=seconds, expected=side.status)
    assert not sample.wrong, f"unexpected answers: {sample.wrong[:5]}"
    return sample
