"""The wait for a customer's answer, with its reminder and closing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# Time between the reminder and the automatic closing, at least: a late reminder (an outage, changed settings) still
# leaves the customer time to answer.
NOTICE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CustomerWait:
    """The wait since the last question or solution. Times are aware UTC.

    was_answered: a customer has written since. was_followed_up: anybody has.
    """

    since: datetime
    reminders: int = 0
    reminded_at: datetime | None = None
    was_answered: bool = False
    was_followed_up: bool = False

    def is_reminder_due(self, now: datetime, *, delay_days: int) -> bool:
        """Return whether the delay has passed; 0 days means never."""
        return delay_days > 0 and now >= self.since + timedelta(days=delay_days)

    def is_closing_due(self, now: datetime, *, delay_days: int) -> bool:
        """Return whether the reminded customer stayed silent; 0 days means never."""
        if self.reminded_at is None or self.was_followed_up or delay_days <= 0:
            return False
        return now >= closing_time(waiting_since=self.since, reminded_at=self.reminded_at, delay_days=delay_days)


def closing_time(*, waiting_since: datetime, reminded_at: datetime, delay_days: int) -> datetime:
    """Return the earliest time of an automatic closing, aware UTC."""
    return max(waiting_since + timedelta(days=delay_days), reminded_at + NOTICE)
