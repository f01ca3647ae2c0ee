"""The table of the figures, their JSON, and the comparison with an earlier run."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.figures import Figures, Measure

WORSE = 0.9  # of the earlier ratio
_HEAD = (
    f"{'database':11}{'work':20}{'clients':>8}{'p50 ms':>9}{'p99 ms':>9}{'req/s':>9}{'ideal':>9}{'ratio':>7}"
    f"{'stmts':>7}{'db ms':>7}{'cpu ms':>8}{'ideal':>7}{'ratio':>7}"
)
_COMPARED = f"\n{'database':11}{'work':20}{'clients, or figure':32}{'before':>10}{'now':>10}{'better by':>11}"


def print_head() -> None:
    print(_HEAD, flush=True)


def print_line(figures: Figures | Measure) -> None:
    """Print a line of the table."""
    print(_line(figures), flush=True)


def _line(figures: Figures | Measure) -> str:
    begin = f"{figures.database:11}{figures.work:20}"
    if isinstance(figures, Measure):
        return f"{begin}{figures.figure:32}{figures.value:14,.3f} {figures.unit}"
    return (
        f"{begin}{figures.clients:8}{figures.p50:9.2f}{figures.p99:9.2f}"
        f"{figures.per_second:9.1f}{_or_dash(figures.ideal_per_second, '9.1f')}{_or_dash(figures.ratio, '7.3f')}"
        f"{_or_dash(figures.statements, '7.1f')}{_or_dash(figures.database_ms, '7.2f')}{figures.cpu:8.2f}"
        f"{_or_dash(figures.ideal_cpu, '7.2f')}{_or_dash(figures.cpu_ratio, '7.3f')}"
    )


def _or_dash(value: float | None, form: str) -> str:
    return "–".rjust(int(form.partition(".")[0])) if value is None else format(value, form)


def store(path: Path, found: Iterable[Figures | Measure], options: Mapping[str, Any]) -> None:
    """Write all figures as JSON."""
    works = [asdict(figures) | {"key": figures.key, "compared": _compared(figures)} for figures in found]
    path.write_text(json.dumps({"options": dict(options), "works": works}, indent=1, ensure_ascii=False))


def compare(path: Path, found: Iterable[Figures | Measure]) -> bool:
    """Print what changed since an earlier run; return whether something is worse."""
    earlier = {tuple(work["key"]): work["compared"] for work in json.loads(path.read_text())["works"]}
    print(_COMPARED)
    changes = [_change(now, earlier[now.key]) for now in found if now.key in earlier]
    return min(changes, default=1.0) < WORSE


def _compared(figures: Figures | Measure) -> float:
    """Return the figure that a comparison is about: a ratio to the ideal, if there is one."""
    if isinstance(figures, Measure):
        return figures.value
    return figures.ratio or figures.p50


def _change(now: Figures | Measure, before: float) -> float:
    """Print a line of the comparison; return by how much the figure is better: below 1 it is worse."""
    value = _compared(now)
    is_higher_better = now.is_higher_better if isinstance(now, Measure) else now.ratio is not None
    change = (value / before if is_higher_better else before / value) if value and before else 1.0
    database, work, which = now.key
    mark = "  WORSE" if change < WORSE else ""
    print(f"{database:11}{work:20}{which:32}{before:10.3f}{value:10.3f}{change:11.2f}{mark}")
    return change
