"""The catalogue: complete, fully translated, with the same placeholders as the source."""

import re
from collections import Counter

import pytest
from babel.messages.catalog import Message
from tests.i18n.catalogue import TRANSLATED, catalogue_of, entries

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|<[^>]+>")


@pytest.fixture(params=TRANSLATED)
def translated(request: pytest.FixtureRequest) -> list[Message]:
    return [message for message in catalogue_of(request.param) if message.id]


def forms(text: object) -> tuple[str, ...]:
    """Return singular and plural, or the only text."""
    return tuple(text) if isinstance(text, tuple | list) else (str(text or ""),)


def test_a_catalogue_holds_the_messages_of_the_source_and_no_others(translated: list[Message]):
    used = {(forms(entry.message), entry.context) for entry in entries()}

    assert {(forms(message.id), message.context) for message in translated} == used


def test_every_message_is_translated(translated: list[Message]):
    assert [message.id for message in translated if message.fuzzy or not all(forms(message.string))] == []


def test_a_translation_has_the_placeholders_of_its_message(translated: list[Message]):
    differing = [
        message.id
        for message in translated
        if [Counter(PLACEHOLDER.findall(form)) for form in forms(message.string)]
        != [Counter(PLACEHOLDER.findall(form)) for form in forms(message.id)]
    ]

    assert differing == []
