"""Words of only one language, to find pages that mix both."""

import re
from collections.abc import Iterable, Iterator

from tests.i18n.catalogue import catalogue_of, messages

WORD = re.compile(r"[^\W\d_]{2,}")
# Placeholders, elements, and addresses.
_NO_WORDS = re.compile(r"%\(\w+\)[sd]|<[^>]+>|\S+@\S+|\S*/\S*")


def words_in(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(_NO_WORDS.sub(" ", text))}


def foreign_to(language: str) -> set[str]:
    """Return the words that no page in this language may contain."""
    french, english = _vocabulary(messages()), _vocabulary(_translations())
    return english - french if language == "fr" else french - english


def _vocabulary(messages: Iterable[str | tuple[str, ...]]) -> set[str]:
    forms = (form for message in messages for form in ((message,) if isinstance(message, str) else message))
    return {word for form in forms for word in words_in(form)}


def _translations() -> Iterator[str | tuple[str, ...]]:
    for message in catalogue_of("en"):
        if message.id:
            yield message.string if isinstance(message.string, str) else tuple(message.string or ())
