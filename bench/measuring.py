"""Measuring: portal and ideal in turn, and medians of their ratios."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench import http_client
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


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a work with some clients. Milliseconds; None where there is no ideal, or no count.

    cpu: processor time of the server's tree for each request, which other load on the machine hardly changes.
    """

    database: str
    work: str
    clients: int
    p50: float
    p99: float
    longest: float
    per_second: float
    ideal_per_second: float | None
    ratio: float | None
    cpu: float
    ideal_cpu: float | None = None
    statements: float | None = None
    database_ms: float | None = None

    @property
    def cpu_ratio(self) -> float | None:
        """The processor time of the ideal, divided by the portal's."""
        return self.ideal_cpu / self.cpu if self.ideal_cpu is not None and self.cpu else None


def measure(database: str, work: str, portal: Side, ideal: Side | None, *, seconds: float) -> Figures:
    """Alternate between the portal and the ideal, for some seconds each."""
    sides = [side for side in (portal, ideal) if side]
    for side in sides:
        _run(side, WARM_SECONDS)
    slices = max(LEAST_SLICES, round(seconds / SLICE_SECONDS))
    runs = list[tuple[Sample, float]]()
    others = list[tuple[Sample, float]]()
    for _ in range(slices):
        runs.append(_timed(portal, seconds / slices))
        if ideal:
            others.append(_timed(ideal, seconds / slices))
    latencies = sorted(latency for sample, _ in runs for latency in sample.latencies)
    ratios = [own.per_second / other.per_second for (own, _), (other, _) in zip(runs, others, strict=bool(ideal))]
    return Figures(
        database=database,
        work=work,
        clients=len(portal.sources),
        p50=latencies[len(latencies) // 2] * 1000,
        p99=latencies[int(len(latencies) * 0.99)] * 1000,
        longest=latencies[-1] * 1000,
        per_second=median(sample.per_second for sample, _ in runs),
        ideal_per_second=median(sample.per_second for sample, _ in others) if others else None,
        ratio=median(ratios) if ratios else None,
        cpu=_cpu_ms(runs),
        ideal_cpu=_cpu_ms(others) if others else None,
    )


def _timed(side: Side, seconds: float) -> tuple[Sample, float]:
    """Run a side; return its sample and the processor time of its server."""
    before = side.server.cpu_seconds()
    sample = _run(side, seconds)
    return sample, side.server.cpu_seconds() - before


def _cpu_ms(runs: Sequence[tuple[Sample, float]]) -> float:
    return sum(cpu for _, cpu in runs) / sum(len(sample.latencies) for sample, _ in runs) * 1000


def _run(side: Side, seconds: float) -> Sample:
    sample = http_client.run(side.server.port, side.sources, seconds=seconds, expected=side.status)
    assert not sample.wrong, f"unexpected answers: {sample.wrong[:5]}"
    return sample
