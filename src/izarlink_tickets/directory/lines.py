"""What a name, a label or a place may be: one line of text, cleaned."""

from collections.abc import Iterable, Iterator
from itertools import islice

from izarlink_tickets.domain.errors import TextMissing, TextTooLong
from izarlink_tickets.domain.text import clean_line, optional_text_of

NAME_MAXIMUM = 100
# Keys of one question; SQLite takes 32,766, but a statement is made for each length.
PART = 500


def batches_of(keys: Iterable[str]) -> Iterator[list[str]]:
    """Split many keys into questions of a size that every database takes."""
    ordered = iter(sorted(keys))
    while part := list(islice(ordered, PART)):
        yield part


def line_of(text: str, *, field: str, maximum: int = NAME_MAXIMUM) -> str:
    """Give a mandatory text of one line as stored. Raises: TextMissing, TextTooLong."""
    line = optional_line_of(text, field=field, maximum=maximum)
    if not line:
        raise TextMissing(field)
    return line


def optional_line_of(text: str, *, field: str, maximum: int = NAME_MAXIMUM) -> str:
    """Give a text of one line as stored, empty where nothing visible was typed. Raises: TextTooLong."""
    line = optional_text_of(clean_line(text), field=field)
    if len(line) > maximum:
        raise TextTooLong(field, maximum, len(line))
    return line
