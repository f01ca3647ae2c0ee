"""Dates, numbers and sizes as a person reads them: in their language and time zone.

A locale without a catalogue gets French, whole, rather than English dates in French sentences.
"""

from datetime import datetime

from babel.dates import format_datetime as babel_datetime
from babel.dates import format_timedelta, get_timezone
from babel.numbers import format_decimal

# No line ends between a number and its unit, nor before « : » in French.
NO_BREAK_SPACE = "\u00a0"
KIBIBYTE, MEBIBYTE = 1024, 1024**2

_DATE_PATTERN = "dd/MM/yyyy"
_DATETIME_PATTERNS = {"fr": "dd/MM/yyyy 'à' HH:mm", "en": "dd/MM/yyyy 'at' HH:mm"}
_SECOND_PATTERNS = {"fr": "dd/MM/yyyy 'à' HH:mm:ss", "en": "dd/MM/yyyy 'at' HH:mm:ss"}
# Beside another moment: the time alone where both are of one day.
_SAME_DAY_PATTERNS = {"fr": "'à' HH:mm:ss", "en": "'at' HH:mm:ss"}
_OTHER_DAY_PATTERNS = {"fr": "'le' dd/MM/yyyy 'à' HH:mm:ss", "en": "'on' dd/MM/yyyy 'at' HH:mm:ss"}
_JUST_NOW = {"fr": "à l’instant", "en": "just now"}
_BYTES = {"fr": ("octet", "octets"), "en": ("byte", "bytes")}
_SIZE_UNITS = {"fr": ("Ko", "Mo"), "en": ("KB", "MB")}


def format_datetime(at: datetime, *, locale: str, timezone: str) -> str:
    """Say a moment, « 22/11/2026 à 10:42 ». at: aware; timezone: its name, « Europe/Paris »."""
    return babel_datetime(at, _DATETIME_PATTERNS[locale], tzinfo=get_timezone(timezone), locale=locale)


def format_second(at: datetime, *, locale: str, timezone: str) -> str:
    """Say a moment to the second, « 22/11/2026 à 10:42:07 »."""
    return babel_datetime(at, _SECOND_PATTERNS[locale], tzinfo=get_timezone(timezone), locale=locale)


def format_date(at: datetime, *, locale: str, timezone: str) -> str:
    """Say the day of a moment, « 22/11/2026 »: which day it was depends on the time zone."""
    return babel_datetime(at, _DATE_PATTERN, tzinfo=get_timezone(timezone), locale=locale)


def format_moment_after(at: datetime, start: datetime, *, locale: str, timezone: str) -> str:
    """Say a moment to the second, « à 10:42:07 », with its day where it isn't that of `start`. Both aware."""
    zone = get_timezone(timezone)
    is_same_day = at.astimezone(zone).date() == start.astimezone(zone).date()
    pattern = (_SAME_DAY_PATTERNS if is_same_day else _OTHER_DAY_PATTERNS)[locale]
    return babel_datetime(at, pattern, tzinfo=zone, locale=locale)


def relative_time(at: datetime, now: datetime, *, locale: str) -> str:
    """Say how long ago a moment was, or in how long it comes: « il y a 3 minutes ». Both aware."""
    elapsed = at - now
    if abs(elapsed.total_seconds()) < 60:  # noqa: PLR2004 - a minute
        return _JUST_NOW[locale]
    return format_timedelta(elapsed, add_direction=True, locale=locale)


def duration(start: datetime, end: datetime, *, locale: str) -> str:
    """Say how long it lasted, in its largest unit: « 3 jours ». Both aware."""
    return format_timedelta(end - start, locale=locale)


def format_number(number: float, *, locale: str) -> str:
    """Write a number with the separators of the language, « 12 345,6 »."""
    return format_decimal(number, locale=locale)


def file_size(size: int, *, locale: str) -> str:
    """Say a size in bytes as customers read it, « 143 Ko », « 3,1 Mo »: units of 1,024, as the limit of R19 counts.

    A decimal appears unless the size is whole: 2,097,152 bytes are « 2 Mo », one more « 2,0 Mo ».
    """
    if size < KIBIBYTE:
        return count(size, *_BYTES[locale], locale=locale)
    kilo, mega = _SIZE_UNITS[locale]
    # What rounds to 1,024 Ko is said in Mo.
    if round(size / KIBIBYTE) < KIBIBYTE:
        return f"{round(size / KIBIBYTE)}{NO_BREAK_SPACE}{kilo}"
    pattern = "#,##0" if size % MEBIBYTE == 0 else "#,##0.0"
    return f"{format_decimal(size / MEBIBYTE, pattern, locale=locale)}{NO_BREAK_SPACE}{mega}"


def count(number: int, one: str, many: str, *, locale: str) -> str:
    """Count things: « 0 ticket », « 1 ticket », « 2 tickets ». In French zero is singular, in English plural."""
    is_singular = number in {0, 1} if locale == "fr" else number == 1
    return f"{format_number(number, locale=locale)}{NO_BREAK_SPACE}{one if is_singular else many}"
