"""Working days and hours, in each reader's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izarlink_tickets.application.working_days import WorkingCalendar

FRANCE = WorkingCalendar(region="FR", hours=(9, 18))
ZONES = ("Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea", "Pacific/Marquesas", "UTC")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
# At five in the morning at the earliest: no clock is set in the hours of work.
HOURS = st.tuples(st.integers(5, 12), st.integers(13, 24))
REGIONS = st.sampled_from(["FR", "FR-57", "FR-MQ", "FR-NC", "ES", None])
CALENDARS = st.builds(lambda region, hours: WorkingCalendar(region=region, hours=hours), REGIONS, HOURS)


@pytest.mark.parametrize(
    ("region", "day", "works"),
    [
        pytest.param("FR", date(2026, 11, 10), True, id="a Tuesday"),
        pytest.param("FR", date(2026, 11, 11), False, id="the armistice"),
        pytest.param(None, date(2026, 11, 11), True, id="without holidays"),
        pytest.param("ES", date(2026, 11, 11), True, id="in another country"),
        pytest.param("FR", date(2026, 11, 14), False, id="a Saturday"),
        pytest.param(None, date(2026, 11, 15), False, id="a Sunday"),
        pytest.param("FR", date(2026, 4, 3), True, id="Good Friday"),
        pytest.param("FR-57", date(2026, 4, 3), False, id="Good Friday in Moselle"),
        pytest.param("FR", date(2027, 5, 6), False, id="Ascension Day of another year"),
    ],
)
def test_holidays_and_weekends_are_no_working_days(region: str | None, day: date, works: bool) -> None:
    assert WorkingCalendar(region=region, hours=(9, 18)).is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "first"),
    [
        pytest.param(date(2026, 11, 10), date(2026, 11, 10), id="itself"),
        pytest.param(date(2026, 11, 11), date(2026, 11, 12), id="after a holiday"),
        pytest.param(date(2026, 12, 25), date(2026, 12, 28), id="after a holiday and a weekend"),
        pytest.param(date(2027, 1, 1), date(2027, 1, 4), id="in the new year"),
    ],
)
def test_the_first_working_day(day: date, first: date) -> None:
    assert FRANCE.first_working_day(day) == first


@pytest.mark.parametrize(
    ("now", "timezone", "opens_at"),
    [
        pytest.param("2026-11-10T08:00Z", "Europe/Paris", "2026-11-10T08:00Z", id="Paris-at-nine"),
        pytest.param("2026-11-10T07:59Z", "Europe/Paris", "2026-11-10T08:00Z", id="Paris-before-nine"),
        pytest.param(
            "2026-11-10T17:00Z", "Europe/Paris", "2026-11-12T08:00Z", id="Paris-in-the-evening-before-a-holiday"
        ),
        pytest.param("2026-11-10T08:00Z", "America/Martinique", "2026-11-10T13:00Z", id="Martinique-at-four"),
        pytest.param("2026-11-10T21:59Z", "America/Martinique", "2026-11-10T21:59Z", id="Martinique-before-six"),
        pytest.param("2026-11-10T14:00Z", "Indian/Reunion", "2026-11-12T05:00Z", id="Réunion-at-six"),
        pytest.param("2026-11-09T08:00Z", "Pacific/Noumea", "2026-11-09T22:00Z", id="Nouméa-in-the-evening"),
        pytest.param("2026-11-15T22:00Z", "Pacific/Noumea", "2026-11-15T22:00Z", id="Nouméa-on-Monday-already"),
        pytest.param("2026-11-13T08:00Z", "Pacific/Noumea", "2026-11-15T22:00Z", id="Nouméa-on-Friday-evening"),
        # Clocks are set in the night of 25 October.
        pytest.param("2026-10-23T16:30Z", "Europe/Paris", "2026-10-26T08:00Z", id="Paris-over-the-change-of-clocks"),
    ],
)
def test_hours_are_those_of_the_reader(now: str, timezone: str, opens_at: str) -> None:
    opened = FRANCE.opens_at(datetime.fromisoformat(now), timezone=timezone)

    assert opened == datetime.fromisoformat(opens_at)


@given(calendar=CALENDARS, day=st.dates(date(2026, 1, 1), date(2028, 12, 31)))
def test_no_working_day_is_passed_over(calendar: WorkingCalendar, day: date) -> None:
    first = calendar.first_working_day(day)

    passed = [day + timedelta(days=n) for n in range((first - day).days)]
    assert calendar.is_working_day(first)
    assert not any(map(calendar.is_working_day, passed))


@given(calendar=CALENDARS, now=MOMENTS, timezone=st.sampled_from(ZONES))
def test_the_next_moment_is_in_working_hours(calendar: WorkingCalendar, now: datetime, timezone: str) -> None:
    opened = calendar.opens_at(now, timezone=timezone)

    assert opened >= now
    assert calendar.is_working_day(opened.astimezone(ZoneInfo(timezone)).date())
    assert calendar.opens_at(opened, timezone=timezone) == opened


@given(calendar=CALENDARS, now=MOMENTS, timezone=st.sampled_from(ZONES), part=st.floats(0, 1))
def test_no_earlier_moment_is_in_working_hours(
    calendar: WorkingCalendar, now: datetime, timezone: str, part: float
) -> None:
    opened = calendar.opens_at(now, timezone=timezone)

    between = now + (opened - now) * part

    assert calendar.opens_at(between, timezone=timezone) == opened
