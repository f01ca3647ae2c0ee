"""The wait for a customer's answer, with its reminder and closing."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

# Time between a reminder and what follows it, at least: a late reminder (an outage, changed settings) still leaves the
# customer time to answer.
NOTICE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class CustomerWait:
    """The wait since the last question or solution. Times are aware UTC.

    closes_on: the day that the last reminder named, in the requester's time zone.
    was_answered: a customer has written since. was_followed_up: anybody has.
    was_reported: support was told that no answer is to be expected.
    """

    since: datetime
    reminders: int = 0
    reminded_at: datetime | None = None
    closes_on: date | None = None
    was_answered: bool = False
    was_followed_up: bool = False
    was_reported: bool = False

    def is_reminder_due(self, now: datetime, *, delay_days: int) -> bool:
        """Return whether the delay has passed; 0 days means never."""
        return delay_days > 0 and now >= self.since + timedelta(days=delay_days)

    def may_be_reminded(self, *, closes_on: date | None) -> bool:
        """Return whether a reminder tells the customer something new.

        closes_on: the day of closing that it would name. A further one must name a day, later than any named before.
        """
        if self.was_answered:
            return False
        is_later = closes_on is not None and (self.closes_on is None or closes_on > self.closes_on)
        return self.reminders == 0 or (is_later and not self.was_followed_up)

    def had_notice(self, now: datetime) -> bool:
        """Return whether a reminder left the customer time to answer."""
        return self.reminded_at is not None and now >= self.reminded_at + NOTICE

    def is_closing_due(self, now: datetime, *, today: date) -> bool:
        """Return whether the day that the reminder named has come, in silence."""
        if self.closes_on is None or self.was_followed_up:
            return False
        return self.had_notice(now) and today >= self.closes_on

    def reminded(self, at: datetime, *, rank: int, closes_on: date | None) -> "CustomerWait":
        """Return the wait after a reminder. rank: from 1."""
        return replace(self, reminders=rank, reminded_at=at, closes_on=closes_on, was_reported=False)

    def is_ahead_of(self, now: datetime) -> bool:
        """Return whether a wrong clock has dated the wait ahead."""
        return self.since > now or (self.reminded_at is not None and self.reminded_at > now)
