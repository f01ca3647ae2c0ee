"""Every word on the screen is in the catalogue, translated, with the same places for values."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Message
from tests.i18n.catalogue import TRANSLATED, catalogue_of, messages

PLACE = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>")


@pytest.fixture(params=TRANSLATED)
def translated(request: pytest.FixtureRequest) -> list[Message]:
    return [message for message in catalogue_of(request.param) if message.id]


def forms(text: object) -> tuple[str, ...]:
    """Give singular and plural, or the one text."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


def test_a_catalogue_holds_what_the_source_says_and_nothing_else(translated: list[Message]):
    said = {forms(message) for message in messages()}

    assert {forms(message.id) for message in translated} == said


def test_every_message_is_translated(translated: list[Message]):
    assert [message.id for message in translated if message.fuzzy or not all(forms(message.string))] == []


def test_a_translation_has_the_places_of_its_message(translated: list[Message]):
    differing = [
        message.id
        for message in translated
        if [Counter(PLACE.findall(form)) for form in forms(message.string)]
        != [Counter(PLACE.findall(form)) for form in forms(message.id)]
    ]

    assert differing == []
