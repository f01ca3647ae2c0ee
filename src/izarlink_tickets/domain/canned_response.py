"""Texts that support keeps to be used again: what may stand in braces, and what takes its place.

A text is filled once, when it is inserted; what was filled in is never looked at again for braces of its own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import text_of

_BRACES = re.compile(r"\{([^{}\n]*)\}")


class Placeholder(StrEnum):
    """What a text may leave open, by the word between the braces: « Bonjour {prénom}, »."""

    FIRST_NAME = "prénom"
    NAME = "nom"
    ORGANISATION = "société"
    NUMBER = "numéro"
    TITLE = "titre"
    SERVICE = "service"
    TECHNICIAN = "technicien"

    @property
    def english(self) -> str:
        """The word between the braces of an English text: "Hello {first_name},"."""
        return "company" if self is Placeholder.ORGANISATION else self.name.lower()

    def in_language(self, language: str) -> str:
        """Return the word that a reader of this language writes. Both languages are accepted."""
        return self.english if language == "en" else self.value


@dataclass(eq=False)
class UnknownPlaceholder(Refusal):
    """What stands in braces that nothing will ever take the place of, each once."""

    names: tuple[str, ...]
    field: str = "body"


def body_of(text: str) -> str:
    """Give the text as stored. Raises: TextMissing, TextTooLong, UnknownPlaceholder."""
    body = text_of(text, field="body")
    unknown = [found[1] for found in _BRACES.finditer(body) if _placeholder(found) is None]
    if unknown:
        raise UnknownPlaceholder(tuple(dict.fromkeys(unknown)))
    return body


def fill(body: str, values: Mapping[Placeholder, str]) -> str:
    """Put the values in the place of the braces."""

    def value(found: re.Match[str]) -> str:
        placeholder = _placeholder(found)
        return found[0] if placeholder is None else values[placeholder]

    return _BRACES.sub(value, body)


def _placeholder(found: re.Match[str]) -> Placeholder | None:
    word = found[1].strip().lower()
    return next((known for known in Placeholder if word in {known.value, known.english}), None)
