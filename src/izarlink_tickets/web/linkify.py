"""Plain user text with its web addresses as links.

Only http and https addresses become links. Markup stays text: the template escapes everything.
"""

import re
from dataclasses import dataclass

from izarlink_tickets.wording import blocks_of

# An address ends at a white space, a quote, a bracket, or a character that changes the reading direction, which could
# disguise it. One character class without nesting takes linear time on any text.
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,2000}", re.IGNORECASE)
# Trailing punctuation belongs to the sentence: « voir https://izarlink.example/aide. »
_PUNCTUATION = ".,;:!?…’*"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class TextPart:
    """A part of a text.

    url: None for plain text. is_capture: pasted output, in a monospace font.
    """

    text: str
    url: str | None = None
    is_capture: bool = False


def linkify(text: str) -> tuple[TextPart, ...]:
    """Split a text into plain parts, web addresses and pasted output."""
    # Most texts have no columns: a look is enough.
    if "  " not in text and "\t" not in text and "|" not in text:
        return _linkify(text)
    return tuple(
        part
        for block in blocks_of(text)
        for part in ((TextPart(block.text, is_capture=True),) if block.is_capture else _linkify(block.text))
    )


def _linkify(text: str) -> tuple[TextPart, ...]:
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
    # Any other character counts as its own opening, and stays.
    return _BRACKETS.get(bracket, bracket)
