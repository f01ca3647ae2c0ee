"""Pauses of slow mail domains; other domains go on.

A quick temporary refusal starts no pause: its message has a pause of its own. Each sender has its own list.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets.outbox import PAUSES

# Servers usually answer within a second; a slower failure holds up other mails.
SLOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Pause:
    """nth: counts the pauses in a row, from 1."""

    nth: int
    until: datetime


class DomainPauses:
    """Pauses by domain, the part of an address after the @."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Start without pauses. clock: returns aware UTC."""
        self._clock = clock
        self._pauses: dict[str, _Pause] = {}

    def paused_until(self, recipient: str) -> datetime | None:
        """Return the end of the recipient's domain's pause, if any."""
        pause, now = self._pauses.get(_domain(recipient)), self._clock()
        # A clock that was set back must not extend a pause beyond the longest one.
        is_active = pause is not None and now < pause.until <= now + max(PAUSES)
        return pause.until if pause and is_active else None

    def record_failure(self, recipient: str, *, seconds: float) -> None:
        """Start a pause, longer each time, if the attempt was slow."""
        if seconds >= SLOW_SECONDS:
            self.record_busy(recipient)

    def record_busy(self, recipient: str) -> datetime:
        """Start a pause, longer each time, and return its end."""
        before = self._pauses.get(_domain(recipient))
        nth = before.nth + 1 if before else 1
        until = self._clock() + PAUSES[min(nth, len(PAUSES)) - 1]
        self._pauses[_domain(recipient)] = _Pause(nth, until)
        return until

    def record_success(self, recipient: str) -> None:
        """End the domain's row of pauses."""
        self._pauses.pop(_domain(recipient), None)


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower()
