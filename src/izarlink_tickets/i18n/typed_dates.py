"""Dates as people type them, and as browsers send them."""

import re
from datetime import date, datetime

# « 30/11/2026 », also with points or dashes; and 2026-11-30, which browsers send.
_DAY = r"(?:(?P<day>\d{1,2})(?P<sign>[/.-])(?P<month>\d{1,2})(?P=sign)(?P<year>\d{4})|(?P<iso>\d{4}-\d{2}-\d{2}))"
# « à 10:42 », « 10h42 », T10:42:07+01:00.
_REST = r"(?P<rest>(?::\d{2}(?:[.,]\d{1,6})?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)"
_TIME = rf"(?:\s*(?:T|à|at|\s)\s*(?P<hour>\d{{1,2}})[:h](?P<minute>\d{{2}}){_REST})?"
_DATE, _MOMENT = re.compile(_DAY, re.ASCII), re.compile(_DAY + _TIME, re.ASCII | re.IGNORECASE)


def parse_date(text: str) -> date | None:
    """Parse a day; None for a week (2026-W48) or no date."""
    match = _DATE.fullmatch(text.strip())
    try:
        return date.fromisoformat(_iso_day(match)) if match else None
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """Parse a moment; None for no date.

    Without a time it is midnight, without an offset it is naive.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        return None
    time = f"T{match['hour']:0>2}:{match['minute']}{match['rest'].replace(' ', '').upper()}" if match["hour"] else ""
    try:
        return datetime.fromisoformat(_iso_day(match) + time)
    except ValueError:
        return None


def iso_or_typed(text: str) -> str:
    """Return a day in ISO 8601, or another text as it is."""
    day = parse_date(text)
    return day.isoformat() if day else text


def _iso_day(match: re.Match[str]) -> str:
    return match["iso"] or f"{match['year']}-{match['month']:0>2}-{match['day']:0>2}"
