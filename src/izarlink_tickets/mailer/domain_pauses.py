"""Leave a mail domain alone that keeps senders waiting, so that the mails to all others go on (fault 30).

Only what is slow does that: a passing refusal that comes at once holds nobody up, and has its letter's own pause. It is
known to this sender alone; another finds out by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from izarlink_tickets.outbox import PAUSES

# Below that a failure held nobody up. Servers answer within a second as a rule.
SLOW_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Pause:
    """nth: how many pauses in a row, from 1."""

    nth: int
    until: datetime


class DomainPauses:
    """By the part of an address after the @."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Know of none yet. clock: gives the time, aware UTC."""
        self._clock = clock
        self._pauses: dict[str, _Pause] = {}

    def end_of(self, recipient: str) -> datetime | None:
        """Say until when the recipient's domain is left alone; None where it isn't."""
        pause, now = self._pauses.get(_domain(recipient)), self._clock()
        # A clock that was set back must not make a pause of an hour one of a year.
        is_on = pause is not None and now < pause.until <= now + max(PAUSES)
        return pause.until if pause and is_on else None

    def note_failure(self, recipient: str, *, seconds: float) -> None:
        """Begin a pause, longer each time, where the attempt took so long as to hold others up."""
        if seconds < SLOW_SECONDS:
            return
        before = self._pauses.get(_domain(recipient))
        nth = before.nth + 1 if before else 1
        self._pauses[_domain(recipient)] = _Pause(nth, self._clock() + PAUSES[min(nth, len(PAUSES)) - 1])

    def note_success(self, recipient: str) -> None:
        """Forget what was."""
        self._pauses.pop(_domain(recipient), None)


def _domain(recipient: str) -> str:
    return recipient.rpartition("@")[2].lower()
