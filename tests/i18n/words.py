"""The words that only French, or only English, has on our screens: they tell a page in one language from the other."""

import re
from collections.abc import Iterable, Iterator

from tests.i18n.catalogue import catalogue_of, messages

WORD = re.compile(r"[^\W\d_]{2,}")
# Places for values, elements, and addresses.
_NOT_SAID = re.compile(r"%\(\w+\)[sd]|<[^>]+>|\S+@\S+|\S*/\S*")


def words_in(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(_NOT_SAID.sub(" ", text))}


def foreign_to(language: str) -> set[str]:
    """Give the words that no page in this language says."""
    french, english = _vocabulary(messages()), _vocabulary(_translations())
    return english - french if language == "fr" else french - english


def _vocabulary(said: Iterable[str | tuple[str, ...]]) -> set[str]:
    forms = (form for one in said for form in ((one,) if isinstance(one, str) else one))
    return {word for form in forms for word in words_in(form)}


def _translations() -> Iterator[str | tuple[str, ...]]:
    for message in catalogue_of("en"):
        if message.id:
            yield message.string if isinstance(message.string, str) else tuple(message.string or ())
