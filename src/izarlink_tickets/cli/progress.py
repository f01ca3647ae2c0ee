"""Progress on stderr: bars on a terminal, elsewhere lines."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import click

from izarlink_tickets.progress import Progress, no_progress

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

# More often than the eye can follow costs time only.
DRAW_SECONDS = 0.1
# Often enough for a person who waits, rarely enough for a log.
LINE_SECONDS = 10.0
_LABEL_WIDTH = 24

quiet = click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Print no progress, as for cron.")


class ProgressDisplay:
    """The display of a command's steps, one after the other.

    clock: in seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._bar: ProgressBar[int] | None = None

    def step(self, name: str) -> Progress:
        """End the step before, and return the progress of the next."""
        self.end_step()
        if sys.stderr is None:
            return no_progress
        return self._draw_bar(name) if sys.stderr.isatty() else self._print_lines(name)

    def end_step(self) -> None:
        """End the line of the bar, so that other lines can follow."""
        bar, self._bar = self._bar, None
        if bar:
            with _lost_terminal_ignored():
                bar.render_finish()

    def _draw_bar(self, name: str) -> Progress:
        drawn_at = 0.0

        def draw(done: int, total: int) -> None:
            nonlocal drawn_at
            moment = self._clock()
            if done < total and moment - drawn_at < DRAW_SECONDS:
                return
            drawn_at = moment
            with _lost_terminal_ignored():
                if self._bar is None:
                    self._bar = click.progressbar(length=total, label=f"{name:<{_LABEL_WIDTH}}", file=sys.stderr)
                self._bar.length = total
                self._bar.update(done - self._bar.pos)
                self._bar.render_progress()

        return draw

    def _print_lines(self, name: str) -> Progress:
        began_at = printed_at = self._clock()

        def print_line(done: int, total: int) -> None:
            nonlocal printed_at
            moment = self._clock()
            if moment - printed_at < LINE_SECONDS:
                return
            printed_at = moment
            with _lost_terminal_ignored():
                click.echo(f"{name}: {_share(done, total)}{_time_left(done, total, moment - began_at)}", err=True)

        return print_line


@contextmanager
def shown_progress(*, is_quiet: bool = False) -> Iterator[ProgressDisplay]:
    """Show the steps of a command within the block."""
    display = _NoDisplay() if is_quiet else ProgressDisplay()
    try:
        yield display
    finally:
        display.end_step()


class _NoDisplay(ProgressDisplay):
    """The display of a quiet command."""

    def step(self, name: str) -> Progress:
        return no_progress


def _share(done: int, total: int) -> str:
    return f"{done:,} of {total:,} ({done / total:.0%})" if total else f"{done:,}"


def _time_left(done: int, total: int, elapsed: float) -> str:
    if not 0 < done < total:
        return ""
    return f", {timedelta(seconds=round(elapsed / done * (total - done)))} left"


def _lost_terminal_ignored() -> suppress:
    """Ignore a closed stderr, which must not stop the work."""
    return suppress(OSError)
