"""The table of the figures, their JSON, and the comparison with an earlier run."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.measuring import Figures

WORSE = 0.9  # of the earlier ratio
_HEAD = (
    f"{'database':11}{'work':20}{'clients':>8}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9}{'ideal':>9}{'ratio':>8}"
    f"{'stmts':>7}{'db ms':>8}{'cpu ms':>8}{'ideal':>7}{'ratio':>7}"
)
_COMPARED = (
    f"\n{'database':11}{'work':20}{'clients':>8}{'ratio':>8}{'before':>8}{'×':>7}{'p50 ×':>8}{'stmts':>7}{'before':>8}"
)


def print_head() -> None:
    print(_HEAD, flush=True)


def print_figures(figures: Figures) -> None:
    """Print a line of the table."""
    print(
        f"{figures.database:11}{figures.work:20}{figures.clients:8}{figures.p50:9.2f}{figures.p99:9.2f}"
        f"{figures.per_second:9.1f}{_or_dash(figures.ideal_per_second, '9.1f')}{_or_dash(figures.ratio, '8.3f')}"
        f"{_or_dash(figures.statements, '7.1f')}{_or_dash(figures.database_ms, '8.2f')}{figures.cpu:8.2f}"
        f"{_or_dash(figures.ideal_cpu, '7.2f')}{_or_dash(figures.cpu_ratio, '7.3f')}",
        flush=True,
    )


def _or_dash(value: float | None, form: str) -> str:
    return "–".rjust(int(form.partition(".")[0])) if value is None else format(value, form)


def store(path: Path, figures: Iterable[Figures], portals: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Write all figures as JSON."""
    content = {"options": dict(options), "portals": dict(portals), "works": [asdict(figure) for figure in figures]}
    path.write_text(json.dumps(content, indent=1))


def compare(path: Path, figures: Iterable[Figures]) -> bool:
    """Print the ratio of each ratio to that of an earlier run; return whether one is worse."""
    works = json.loads(path.read_text())["works"]
    earlier = {(work["database"], work["work"], work["clients"]): work for work in works}
    print(_COMPARED)
    keyed = [((now.database, now.work, now.clients), now) for now in figures]
    changes = [_change(now, earlier[key]) for key, now in keyed if key in earlier]
    return min(changes, default=1.0) < WORSE


def _change(now: Figures, before: Mapping[str, Any]) -> float:
    """Print a line of the comparison; return the ratio of the ratios, above 1 if it got better."""
    both = now.ratio and before["ratio"]
    change: float = now.ratio / before["ratio"] if both else before["p50"] / now.p50
    print(
        f"{now.database:11}{now.work:20}{now.clients:8}{_or_dash(now.ratio, '8.3f')}{_or_dash(before['ratio'], '8.3f')}"
        f"{change:7.2f}{now.p50 / before['p50']:8.2f}"
        f"{_or_dash(now.statements, '7.1f')}{_or_dash(before['statements'], '8.1f')}"
        f"{'  WORSE' if change < WORSE else ''}"
    )
    return change
