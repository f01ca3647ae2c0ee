"""Canned responses: the placeholders that a text may contain, and their replacement.

A text is filled once, when it is inserted; braces in an inserted value stay as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import text_of

_BRACES = re.compile(r"\{([^{}\n]*)\}")


class Placeholder(StrEnum):
    """A placeholder, by the word between its braces: « Bonjour {prénom}, »."""

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
        """Return the word in this language; both languages are accepted."""
        return self.english if language == "en" else self.value


@dataclass(eq=False)
class UnknownPlaceholder(Refusal):
    """The text has unknown placeholders. names: each one once."""

    names: tuple[str, ...]
    field: str = "body"


def body_of(text: str) -> str:
    """Return the text as stored. Raises: TextMissing, TextTooLong, UnknownPlaceholder."""
    body = text_of(text, field="body")
    unknown = [match[1] for match in _BRACES.finditer(body) if _placeholder(match) is None]
    if unknown:
        raise UnknownPlaceholder(tuple(dict.fromkeys(unknown)))
    return body


def fill(body: str, values: Mapping[Placeholder, str]) -> str:
    """Return the text with its placeholders replaced by the values."""

    def value(match: re.Match[str]) -> str:
        placeholder = _placeholder(match)
        return match[0] if placeholder is None else values[placeholder]

    return _BRACES.sub(value, body)


def _placeholder(match: re.Match[str]) -> Placeholder | None:
    word = match[1].strip().lower()
    return next((known for known in Placeholder if word in {known.value, known.english}), None)
