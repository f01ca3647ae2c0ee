"""Dates, sizes, counts and messages in a person's language.

No-break spaces are written as escapes.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import TIMEDELTA_UNITS, format_timedelta
from babel.dates import format_datetime as babel_datetime
from hypothesis import given
from hypothesis import strategies as st

from izarlink_tickets.i18n import (
    count,
    duration,
    file_size,
    format_date,
    format_datetime,
    format_moment_after,
    format_number,
    format_second,
    gettext,
    language_of,
    pgettext,
    relative_time,
    use_language,
)

ZONES = ("UTC", "Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea", "Asia/Kathmandu")
NOW = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [
        ("Europe/Paris", "23/11/2026 à 00:30"),
        ("Indian/Reunion", "23/11/2026 à 03:30"),
        ("America/Martinique", "22/11/2026 à 19:30"),
    ],
)
def test_a_moment_is_formatted_in_the_time_zone(timezone: str, expected: str) -> None:
    assert format_datetime(NOW, locale="fr", timezone=timezone) == expected


def test_summer_time_is_kept() -> None:
    assert format_datetime(datetime(2026, 7, 14, 10, tzinfo=UTC), locale="fr", timezone="Europe/Paris") == (
        "14/07/2026 à 12:00"
    )


@pytest.mark.parametrize(
    ("timezone", "at", "expected"),
    [
        ("Europe/Paris", "2026-10-25T00:30Z", "25/10/2026 à 02:30\xa0(UTC+2)"),
        ("Europe/Paris", "2026-10-25T01:30Z", "25/10/2026 à 02:30\xa0(UTC+1)"),
        ("Europe/Paris", "2026-10-25T02:30Z", "25/10/2026 à 03:30"),
        ("America/Miquelon", "2026-11-01T03:30Z", "01/11/2026 à 01:30\xa0(UTC-2)"),
        ("Australia/Lord_Howe", "2026-04-04T15:00Z", "05/04/2026 à 01:30\xa0(UTC+10:30)"),
    ],
)
def test_an_hour_that_comes_twice_shows_which_one_it_is(timezone: str, at: str, expected: str) -> None:
    assert format_datetime(datetime.fromisoformat(at), locale="fr", timezone=timezone) == expected


@given(st.integers(0, 40 * 365 * 24), st.sampled_from(ZONES))
def test_two_hours_never_read_alike(hours: int, timezone: str) -> None:
    at, written = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours), {"locale": "fr", "timezone": timezone}

    later = at + timedelta(hours=1)

    assert format_datetime(at, **written) != format_datetime(later, **written)


def test_a_day_is_that_of_the_time_zone() -> None:
    assert format_date(NOW, timezone="Europe/Paris") == "23/11/2026"
    assert format_date(NOW, timezone="UTC") == "22/11/2026"


@pytest.mark.parametrize(
    ("elapsed", "expected"),
    [
        (timedelta(), "à l’instant"),
        (timedelta(seconds=59), "à l’instant"),
        (timedelta(seconds=-59), "à l’instant"),
        (timedelta(minutes=1), "il y a 1 minute"),
        (timedelta(minutes=3), "il y a 3 minutes"),
        (timedelta(hours=2), "il y a 2 heures"),
        (timedelta(days=3), "il y a 3 jours"),
        (timedelta(days=-3), "dans 3 jours"),
        (timedelta(minutes=59, seconds=59), "il y a 59 minutes"),
        (timedelta(hours=23, minutes=59), "il y a 23 heures"),
        (timedelta(days=6), "il y a 6 jours"),
        (timedelta(days=7) - timedelta(microseconds=1), "il y a 6 jours"),
        (timedelta(days=13), "il y a 1 semaine"),
        (timedelta(days=26), "il y a 3 semaines"),
        (timedelta(days=364), "il y a 12 mois"),
        (timedelta(days=-6, hours=-23), "dans 6 jours"),
    ],
)
def test_how_long_ago(elapsed: timedelta, expected: str) -> None:
    assert relative_time(NOW - elapsed, NOW, locale="fr") == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (0, "0\xa0octet"),
        (1, "1\xa0octet"),
        (512, "512\xa0octets"),
        (1024, "1\xa0Ko"),
        (146_432, "143\xa0Ko"),
        (1_048_063, "1023\xa0Ko"),
        (1_048_064, "1,0\xa0Mo"),
        (1_048_576, "1\xa0Mo"),
        (2_097_152, "2\xa0Mo"),
        (2_097_153, "2,0\xa0Mo"),
        (3_250_585, "3,1\xa0Mo"),
    ],
)
def test_sizes(size: int, expected: str) -> None:
    assert file_size(size, locale="fr") == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "0\xa0ticket"), (1, "1\xa0ticket"), (2, "2\xa0tickets"), (12_345, "12\u202f345\xa0tickets")],
)
def test_zero_is_singular_in_french(number: int, expected: str) -> None:
    assert count(number, "ticket", "tickets", locale="fr") == expected


def test_zero_is_plural_in_english() -> None:
    assert count(0, "ticket", "tickets", locale="en") == "0\xa0tickets"


def test_numbers_have_french_separators() -> None:
    assert format_number(1234.5, locale="fr") == "1\u202f234,5"


def test_a_locale_without_a_catalogue_gets_french() -> None:
    assert [language_of(locale) for locale in ("fr", "en", "eu")] == ["fr", "en", "fr"]


@pytest.mark.parametrize(("language", "expected"), [("fr", ("Fermer", "Fermer")), ("en", ("Close", "Sign out"))])
def test_a_word_with_two_senses_has_two_translations(language: str, expected: tuple[str, str]) -> None:
    with use_language(language):
        assert (gettext("Fermer"), pgettext("session", "Fermer")) == expected


def test_a_sentence_with_a_context_takes_values() -> None:
    with use_language("en"):
        assert pgettext("heading", "n°\xa0%(number)s", number=29) == "Ticket 29"


# --- the same texts as Babel's ----------------------------------------------------------------------------------------

# Around every hour of a year with both changes of the clock, and far away.
MOMENTS = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=7 * step, seconds=59 * step) for step in range(1300)]
# An hour that comes twice reads alike in Babel's words.
MOMENTS = [at for at in MOMENTS if at.date().isoformat() != "2026-10-25"]
MOMENTS += [datetime(year, 2, 28, 23, 59, 59, 999_999, tzinfo=UTC) for year in (1, 999, 1900, 1970, 2000, 2100, 9998)]
# Each second up to some hours, then steps that pass every change of unit and number up to three years.
DURATIONS = [timedelta(seconds=seconds) for seconds in (*range(8000), *range(8000, 100_000_000, 9_973))]
PATTERNS = {
    "fr": ("dd/MM/yyyy 'à' HH:mm", "dd/MM/yyyy 'à' HH:mm:ss", "'à' HH:mm:ss", "'le' dd/MM/yyyy 'à' HH:mm:ss"),
    "en": ("dd/MM/yyyy 'at' HH:mm", "dd/MM/yyyy 'at' HH:mm:ss", "'at' HH:mm:ss", "'on' dd/MM/yyyy 'at' HH:mm:ss"),
}


@pytest.mark.parametrize("timezone", ZONES)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_moments_are_those_of_babel(locale: str, timezone: str) -> None:
    to_the_minute, to_the_second, same_day, other_day = PATTERNS[locale]
    zone = ZoneInfo(timezone)

    def babel(pattern: str) -> list[str]:
        return [babel_datetime(at, pattern, tzinfo=zone, locale=locale) for at in MOMENTS]

    far = datetime(2050, 6, 1, tzinfo=UTC)
    written = {"locale": locale, "timezone": timezone}
    assert [format_datetime(at, **written) for at in MOMENTS] == babel(to_the_minute)
    assert [format_second(at, **written) for at in MOMENTS] == babel(to_the_second)
    assert [format_date(at, timezone=timezone) for at in MOMENTS] == babel("dd/MM/yyyy")
    assert [format_moment_after(at, at, **written) for at in MOMENTS] == babel(same_day)
    assert [format_moment_after(at, far, **written) for at in MOMENTS] == babel(other_day)


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_durations_are_whole_units_in_babel_s_words(locale: str) -> None:
    assert [duration(NOW, NOW + elapsed, locale=locale) for elapsed in DURATIONS] == [
        format_timedelta(whole_units(elapsed), threshold=1, locale=locale) for elapsed in DURATIONS
    ]


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_relative_times_are_whole_units_in_babel_s_words(locale: str, sign: int) -> None:
    elapsed = [sign * duration for duration in DURATIONS[60:]]

    assert [relative_time(NOW + difference, NOW, locale=locale) for difference in elapsed] == [
        format_timedelta(whole_units(difference), threshold=1, add_direction=True, locale=locale)
        for difference in elapsed
    ]


def whole_units(elapsed: timedelta) -> timedelta:
    """Return the time without what its largest unit doesn't count."""
    seconds = abs(elapsed) // timedelta(seconds=1)
    size = max((size for _, size in TIMEDELTA_UNITS if size <= seconds), default=1)
    return timedelta(seconds=seconds // size * size) * (1 if elapsed > timedelta() else -1)
