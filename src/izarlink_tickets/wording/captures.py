"""Output of tools pasted into a text, such as a traceroute.

Its columns stay aligned in a monospace font alone.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

# Two blanks or a tab between words, but for the two blanks that some people type after a sentence; or a drawn table.
_COLUMNS = re.compile(r"[^\s.!?…:;,](?:\t| {2,})[ \t]*\S|^[ \t]*(?:\||\+[-+=])")
# What looks aligned once may be a slip of the space bar.
MIN_LINES = 2


class TextBlock(NamedTuple):
    """Some lines of a text. is_capture: output whose columns are aligned."""

    text: str
    is_capture: bool = False


def blocks_of(text: str) -> list[TextBlock]:
    """Split a text into blocks of prose and of pasted output."""
    lines = text.split("\n")
    marks = _marks(lines)
    blocks = []
    place = 0
    for is_capture, group in groupby(marks):
        size = len(list(group))
        end = place + size
        # The line feed after a block belongs to it.
        blocks.append(TextBlock("\n".join(lines[place:end]) + ("\n" if end < len(lines) else ""), is_capture))
        place = end
    return blocks


def _marks(lines: list[str]) -> list[bool]:
    """Return for each line whether it belongs to pasted output."""
    marks = [bool(_COLUMNS.search(line)) for line in lines]
    for start, end in _runs(marks):
        if end - start < MIN_LINES:
            marks[start:end] = [False] * (end - start)
    # A single line between aligned ones, such as « * * * » in a traceroute, belongs to them.
    for place in range(1, len(marks) - 1):
        if marks[place - 1] and marks[place + 1] and lines[place].strip():
            marks[place] = True
    return marks


def _runs(marks: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first place of each marked run, and its end."""
    place = 0
    for is_marked, group in groupby(list(marks)):
        size = len(list(group))
        if is_marked:
            yield place, place + size
        place += size
