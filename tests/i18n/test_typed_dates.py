"""Days and moments as people type them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from izarlink_tickets.i18n import iso_or_typed, parse_date, parse_datetime


@pytest.mark.parametrize("typed", ["30/11/2026", "30.11.2026", "30-11-2026", " 30/11/2026 ", "2026-11-30"])
def test_a_day_is_read_as_the_screens_and_browsers_write_it(typed: str) -> None:
    assert parse_date(typed) == date(2026, 11, 30)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "2026-W48",
        "2026-W48-1",
        "2026W481",
        "20261130",
        "2026-334",
        "31/11/2026",
        "30/11/26",
        "30/11-2026",
        "demain",
    ],
)
def test_what_is_no_day_is_none(typed: str) -> None:
    assert parse_date(typed) is None
    assert iso_or_typed(typed) == typed


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("30/11/2026", datetime(2026, 11, 30)),  # noqa: DTZ001 - without an offset
        ("30/11/2026 à 10:42", datetime(2026, 11, 30, 10, 42)),  # noqa: DTZ001 - without an offset
        ("30/11/2026 9h05", datetime(2026, 11, 30, 9, 5)),  # noqa: DTZ001 - without an offset
        ("30/11/2026 at 10:42:07", datetime(2026, 11, 30, 10, 42, 7)),  # noqa: DTZ001 - without an offset
        ("2026-11-30T10:42:07.5", datetime(2026, 11, 30, 10, 42, 7, 500_000)),  # noqa: DTZ001 - without an offset
        ("2026-11-30T10:42Z", datetime(2026, 11, 30, 10, 42, tzinfo=UTC)),
        ("2026-11-30 10:42 +01:00", datetime(2026, 11, 30, 10, 42, tzinfo=timezone(timedelta(hours=1)))),
    ],
)
def test_a_moment_is_read_with_its_offset(typed: str, moment: datetime) -> None:
    assert parse_datetime(typed) == moment


@pytest.mark.parametrize("typed", ["2026-W48-1T10:00", "30/11/2026 à 25:00", "10:42", "30/11/2026 à midi"])
def test_what_is_no_moment_is_none(typed: str) -> None:
    assert parse_datetime(typed) is None
