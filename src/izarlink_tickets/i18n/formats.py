"""Formats of dates, numbers and sizes by language and time zone.

A locale without a catalogue gets French formats, like its French sentences. The patterns are fixed, so most texts need
no Babel.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import TIMEDELTA_UNITS, format_skeleton, format_timedelta
from babel.numbers import format_decimal

# Between a number and its unit, a day and its month, and before « : » in French.
NO_BREAK_SPACE = "\u00a0"
KIBIBYTE, MEBIBYTE = 1024, 1024**2

# Before a time and before a day.
_AT, _ON = {"fr": "à", "en": "at"}, {"fr": "le", "en": "on"}
_JUST_NOW = {"fr": "à l’instant", "en": "just now"}
_BYTES = {"fr": ("octet", "octets"), "en": ("byte", "bytes")}
_SIZE_UNITS = {"fr": ("Ko", "Mo"), "en": ("KB", "MB")}
# Numbers and sizes that repeat on lists.
_REMEMBERED = 4096

_MICROSECOND = timedelta(microseconds=1)
# Babel's labels of durations by language, direction, unit and number: some hundreds.
_labels: dict[tuple[str, int, str, int], str] = {}


def format_datetime(at: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment: « 22/11/2026 à 10:42 ».

    at: aware. timezone: its name, such as Europe/Paris.
    """
    local = at.astimezone(ZoneInfo(timezone))
    return f"{_day(local)} {_AT[locale]} {local.hour:02}:{local.minute:02}{_which_hour(local)}"


def format_second(at: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment to the second: « 22/11/2026 à 10:42:07 »."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{_day(local)} {_AT[locale]} {_time(local)}"


def format_date(at: datetime, *, timezone: str) -> str:
    """Format a moment's day in the time zone, as « 22/11/2026 »."""
    return _day(at.astimezone(ZoneInfo(timezone)))


def format_day_in_words(at: datetime, *, now: datetime, locale: str, timezone: str) -> str:
    """Format a moment's day in words, as « 27 novembre ».

    now: aware; a day of another year has its year. Day and month stay in one line.
    """
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    skeleton = "MMMMd" if local.year == now.astimezone(zone).year else "yMMMMd"
    words: str = format_skeleton(skeleton, local, tzinfo=zone, locale=locale)
    # « 1er décembre »: Babel writes « 1 décembre ».
    words = f"1er{words[1:]}" if locale == "fr" and words.startswith("1 ") else words
    return words.replace(" ", NO_BREAK_SPACE, 1)


def format_day(day: date) -> str:
    """Format a date that no time zone changes, as « 22/11/2026 »."""
    return _day(day)


def day_in(timezone: str, moment: datetime) -> date:
    """Return the date of a moment in a time zone. moment: aware."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def format_moment_after(at: datetime, start: datetime, *, locale: str, timezone: str) -> str:
    """Format a moment to the second; omit the day of `start`.

    at, start: aware. Example: « à 10:42:07 ».
    """
    local, started = (moment.astimezone(ZoneInfo(timezone)) for moment in (at, start))
    time = f"{_AT[locale]} {_time(local)}"
    return time if local.date() == started.date() else f"{_ON[locale]} {_day(local)} {time}"


def _day(local: date) -> str:
    return f"{local.day:02}/{local.month:02}/{local.year:04}"


def _time(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}:{local.second:02}{_which_hour(local)}"


def _which_hour(local: datetime) -> str:
    """Return the offset of an hour that comes twice, « (UTC+2) »."""
    offset = local.utcoffset()
    if offset is None or offset == local.replace(fold=1 - local.fold).utcoffset():
        return ""
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta(0) else "+"
    return f"{NO_BREAK_SPACE}(UTC{sign}{hours}{f':{minutes:02}' if minutes else ''})"


def relative_time(at: datetime, now: datetime, *, locale: str) -> str:
    """Format the time between a moment and now. Both aware."""
    return relative_label((at - now) // _MICROSECOND, locale=locale)


def duration(start: datetime, end: datetime, *, locale: str) -> str:
    """Format a duration in its largest unit: « 3 jours »."""
    return duration_label((end - start) // _MICROSECOND, locale=locale)


def relative_label(elapsed: int, *, locale: str) -> str:
    """Format the time from now to a moment.

    elapsed: in microseconds, below zero for the past.
    """
    if abs(elapsed) < 60_000_000:  # noqa: PLR2004 - a minute
        return _JUST_NOW[locale]
    return _label(elapsed, locale=locale, direction=-1 if elapsed < 0 else 1)


def duration_label(elapsed: int, *, locale: str) -> str:
    """Format a duration in microseconds: « 3 jours »."""
    return _label(elapsed, locale=locale, direction=0)


def _label(elapsed: int, *, locale: str, direction: int) -> str:
    """Format a number of microseconds.

    direction: -1 for the past, 1 for the future, 0 without.
    """
    seconds = abs(elapsed) // 1_000_000
    # Babel's units, without its patterns: 0.5 µs instead of 30.
    unit, size = next((each for each in TIMEDELTA_UNITS if seconds >= each[1]), TIMEDELTA_UNITS[-1])
    # Whole units that have passed: six days are no week, and an answer due in 90 minutes is due in one hour.
    number = seconds // size
    key = locale, direction, unit, number
    label = _labels.get(key)
    if label is None:
        delta = timedelta(seconds=number * size) * (direction or 1)
        label = _labels[key] = format_timedelta(delta, threshold=1, add_direction=direction != 0, locale=locale)
    return label


@lru_cache(maxsize=_REMEMBERED)
def format_number(number: float, *, locale: str) -> str:
    """Format a number with the language's separators: « 12 345,6 »."""
    return format_decimal(number, locale=locale)


@lru_cache(maxsize=_REMEMBERED)
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
