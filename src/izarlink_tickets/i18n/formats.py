"""Formats of dates, numbers and sizes by language and time zone.

A locale without a catalogue gets French formats, like its French sentences.
"""

from datetime import datetime

from babel.dates import format_datetime as babel_datetime
from babel.dates import format_timedelta, get_timezone
from babel.numbers import format_decimal

# Between a number and its unit, and before « : » in French.
NO_BREAK_SPACE = "\u00a0"
KIBIBYTE, MEBIBYTE = 1024, 1024**2

_DATE_PATTERN = "dd/MM/yyyy"
_DATETIME_PATTERNS = {"fr": "dd/MM/yyyy 'à' HH:mm", "en": "dd/MM/yyyy 'at' HH:mm"}
_SECOND_PATTERNS = {"fr": "dd/MM/yyyy 'à' HH:mm:ss", "en": "dd/MM/yyyy 'at' HH:mm:ss"}
# Beside another moment; on the same day the time alone.
_SAME_DAY_PATTERNS = {"fr": "'à' HH:mm:ss", "en": "'at' HH:mm:ss"}
_OTHER_DAY_PATTERNS = {"fr": "'le' dd/MM/yyyy 'à' HH:mm:ss", "en": "'on' dd/MM/yyyy 'at' HH:mm:ss"}
_JUST_NOW = {"fr": "à l’instant", "en": "just now"}
_BYTES = {"fr": ("octet", "octets"), "en": ("byte", "bytes")}
_SIZE_UNITS = {"fr": ("Ko", "Mo"), "en": ("KB", "MB")}


def format_datetime(at: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment: « 22/11/2026 à 10:42 ».

    at: aware. timezone: its name, such as Europe/Paris.
    """
    return babel_datetime(at, _DATETIME_PATTERNS[locale], tzinfo=get_timezone(timezone), locale=locale)


def format_second(at: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment to the second: « 22/11/2026 à 10:42:07 »."""
    return babel_datetime(at, _SECOND_PATTERNS[locale], tzinfo=get_timezone(timezone), locale=locale)


def format_date(at: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment's day in the time zone, as « 22/11/2026 »."""
    return babel_datetime(at, _DATE_PATTERN, tzinfo=get_timezone(timezone), locale=locale)


def format_moment_after(at: datetime, start: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment to the second; omit the day of `start`.

    at, start: aware. Example: « à 10:42:07 ».
    """
    zone = get_timezone(timezone)
    is_same_day = at.astimezone(zone).date() == start.astimezone(zone).date()
    pattern = (_SAME_DAY_PATTERNS if is_same_day else _OTHER_DAY_PATTERNS)[locale]
    return babel_datetime(at, pattern, tzinfo=zone, locale=locale)


def relative_time(at: datetime, now: datetime, *, locale: str) -> str:
    """Format the time between a moment and now. Both aware."""
    elapsed = at - now
    if abs(elapsed.total_seconds()) < 60:  # noqa: PLR2004 - a minute
        return _JUST_NOW[locale]
    return format_timedelta(elapsed, add_direction=True, locale=locale)


def duration(start: datetime, end: datetime, *, locale: str) -> str:
    """Format a duration in its largest unit: « 3 jours »."""
    return format_timedelta(end - start, locale=locale)


def format_number(number: float, *, locale: str) -> str:
    """Format a number with the language's separators: « 12 345,6 »."""
    return format_decimal(number, locale=locale)


def file_size(size: int, *, locale: str) -> str:
    """Format a size in bytes.

    « 143 Ko », « 3,1 Mo ».
    Units are of 1,024, like the limit of the guide, « maximum 2 Mo ».
    A decimal appears unless the size is whole: 2,097,152 bytes are « 2 Mo », one more « 2,0 Mo ».
    """
    if size < KIBIBYTE:
        return count(size, *_BYTES[locale], locale=locale)
    kilo, mega = _SIZE_UNITS[locale]
    # A size that rounds to 1,024 Ko is formatted in Mo.
    if round(size / KIBIBYTE) < KIBIBYTE:
        return f"{round(size / KIBIBYTE)}{NO_BREAK_SPACE}{kilo}"
    pattern = "#,##0" if size % MEBIBYTE == 0 else "#,##0.0"
    return f"{format_decimal(size / MEBIBYTE, pattern, locale=locale)}{NO_BREAK_SPACE}{mega}"


def count(number: int, singular: str, plural: str, *, locale: str) -> str:
    """Format a number of things.

    « 0 ticket », « 2 tickets ».
    Zero is singular in French, plural in English.
    """
    is_singular = number in {0, 1} if locale == "fr" else number == 1
    return f"{format_number(number, locale=locale)}{NO_BREAK_SPACE}{singular if is_singular else plural}"
