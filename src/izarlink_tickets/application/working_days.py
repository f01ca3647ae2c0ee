"""The calendar of the support's working days and hours.

Public holidays come from the `holidays` library, for the country of the settings.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_SATURDAY = 5
_A_DAY = timedelta(days=1)


class WorkingCalendar:
    """Working days and hours, which are the same in each reader's zone."""

    def __init__(self, *, region: str | None, hours: tuple[int, int]) -> None:
        """Prepare without loading anything.

        region: a country, and its part after a hyphen, « FR-57 »; None for no holidays. hours: first and last, local.
        """
        self._region = region
        self._opens, self._closes = hours

    def is_working_day(self, day: date) -> bool:
        """Return whether it is a weekday and no public holiday."""
        return day.weekday() < _SATURDAY and not (self._region and day in _holidays_in(self._region, day.year))

    def first_working_day(self, day: date) -> date:
        """Return this day, or the next working day after it."""
        while not self.is_working_day(day):
            day += _A_DAY
        return day

    def opens_at(self, now: datetime, *, timezone: str) -> datetime:
        """Return the next moment of working hours, maybe now.

        now: aware.
        """
        local = now.astimezone(ZoneInfo(timezone))
        if self.is_working_day(local.date()) and self._opens <= local.hour < self._closes:
            return now
        is_over = local.hour >= self._opens
        day = self.first_working_day(local.date() + _A_DAY if is_over else local.date())
        return datetime.combine(day, time(self._opens), local.tzinfo)


@cache
def _holidays_in(region: str, year: int) -> frozenset[date]:
    # Loaded with the first due work: no page needs it.
    from holidays import country_holidays  # noqa: PLC0415

    country, _, part = region.partition("-")
    return frozenset(country_holidays(country, subdiv=part or None, years=year))
