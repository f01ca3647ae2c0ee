"""Dates, sizes, counts and messages in a person's language.

No-break spaces are written as escapes.
"""

from datetime import UTC, datetime, timedelta

import pytest

from izarlink_tickets.i18n import (
    count,
    file_size,
    format_date,
    format_datetime,
    format_number,
    gettext,
    language_of,
    pgettext,
    relative_time,
    use_language,
)

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


def test_a_day_is_that_of_the_time_zone() -> None:
    assert format_date(NOW, locale="fr", timezone="Europe/Paris") == "23/11/2026"
    assert format_date(NOW, locale="fr", timezone="UTC") == "22/11/2026"


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
