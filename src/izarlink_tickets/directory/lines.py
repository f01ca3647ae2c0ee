"""Validation of names, labels and sites: one clean line of text."""

from collections.abc import Iterable, Iterator
from itertools import islice

from izarlink_tickets.domain.errors import TextMissing, TextTooLong
from izarlink_tickets.domain.text import clean_line, optional_text_of

NAME_MAXIMUM = 100
# Keys of one query. SQLite allows 32,766, but each length is compiled as a statement of its own.
BATCH = 500


def batches_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Split keys into batches that every database accepts in one query."""
    ordered = iter(sorted(keys))
    while batch := list(islice(ordered, BATCH)):
        yield batch


def line_of(text: str, *, field: str, maximum: int = NAME_MAXIMUM) -> str:
    """Parse a mandatory line of text. Raises: TextMissing, TextTooLong."""
    line = optional_line_of(text, field=field, maximum=maximum)
    if not line:
        raise TextMissing(field)
    return line


def optional_line_of(text: str, *, field: str, maximum: int = NAME_MAXIMUM) -> str:
    """Parse an optional line of text; invisible input becomes empty. Raises: TextTooLong."""
    line = optional_text_of(clean_line(text), field=field)
    if len(line) > maximum:
        raise TextTooLong(field, maximum, len(line))
    return line
