"""The pause of due work after a leap of the clock.

A clock that was wrong for some seconds does nothing that stays: due dates are days away, and can wait until it has
proved steady.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

import structlog

from izarlink_tickets.database import CLOCK_TOLERANCE

# A wrong clock is usually corrected within seconds.
SETTLE_SECONDS = 60.0

_log = structlog.get_logger()


class LeapGuard:
    """Runs work only while the clock goes on as time does."""

    def __init__(self, work: Callable[[datetime], object], *, timer: Callable[[], float] = monotonic) -> None:
        """Prepare without looking at a clock. timer: monotonic seconds."""
        self._work, self._timer = work, timer
        self._last: tuple[datetime, float] | None = None
        self._paused_until = timer()
        # The log names the work by this.
        self.__qualname__ = getattr(work, "__qualname__", type(self).__qualname__)

    def __call__(self, now: datetime) -> object:
        """Run the work, or nothing for a while after a leap.

        now: aware UTC.
        """
        elapsed, last = self._timer(), self._last
        self._last = (now, elapsed)
        if last is not None:
            leap = (now - last[0]).total_seconds() - (elapsed - last[1])
            if abs(leap) > CLOCK_TOLERANCE.total_seconds():
                _log.warning("clock_leapt", seconds=round(leap))
                self._paused_until = elapsed + SETTLE_SECONDS
        return self._work(now) if elapsed >= self._paused_until else None
