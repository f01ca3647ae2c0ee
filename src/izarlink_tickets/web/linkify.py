"""Make user text ready for a template: plain text, with the addresses in it as links. No markup is ever read in it.

Only http and https become links, and everything is escaped by the template.
"""

import re
from dataclasses import dataclass

# An address ends at a white space, a quote or a bracket, and at whatever turns the reading direction: it must not be
# able to look like another. One class, no nesting: linear time on any text, and a length at which addresses end.
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2000}", re.IGNORECASE)
# Punctuation belongs to the sentence around: « voir https://izarlink.example/aide. »
_PUNCTUATION = ".,;:!?…’*"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class TextPart:
    """A stretch of a text. url: None where it is plain."""

    text: str
    url: str | None = None


def linkify(text: str) -> tuple[TextPart, ...]:
    """Cut a text into what is plain and what is an address; put together, the parts are the text."""
    parts: list[TextPart] = []
    end = 0
    for match in _ADDRESS.finditer(text):
        address = _without_punctuation(match.group())
        parts += [TextPart(text[end : match.start()]), TextPart(address, address)]
        end = match.start() + len(address)
    parts.append(TextPart(text[end:]))
    return tuple(part for part in parts if part.text)


def _without_punctuation(address: str) -> str:
    while address[-1] in _PUNCTUATION or address.count(address[-1]) > address.count(_opening(address[-1])):
        address = address[:-1]
    return address


def _opening(bracket: str) -> str:
    # Nothing is more often in it than itself: other characters stay.
    return _BRACKETS.get(bracket, bracket)
