"""Progress of long work: what is done of how much.

The command line shows it; the work itself only counts. It may count each row: showing is throttled.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

# Called with the units done so far and their total, which may still grow.
Progress = Callable[[int, int], None]
# Called with the name of each step before it begins; returns the progress of this step.
Steps = Callable[[str], Progress]


def no_progress(_done: int, _total: int) -> None:
    """Report nothing."""


def no_steps(_name: str) -> Progress:
    """Report nothing of any step."""
    return no_progress


@dataclass
class Tally:
    """A count of the units done, reported with each addition."""

    progress: Progress
    total: int
    done: int = 0

    def add(self, units: int = 1) -> None:
        self.done += units
        self.progress(self.done, self.total)


def counted(items: Iterable[T], progress: Progress, *, total: int) -> Iterator[T]:
    """Yield the items, and report each when the next is taken."""
    for done, item in enumerate(items, start=1):
        yield item
        progress(done, total)
