"""HTML that is rendered once, with slots for what differs each time.

A slot is rendered as a marker that nobody can type, because it is drawn at random when the process starts.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

_MARKER = f"slot{secrets.token_hex(16)}"
_NO_VALUES: Mapping[str, str] = MappingProxyType({})
_SLOT = re.compile(f"{_MARKER}-([a-z0-9_]+)-")


def slot(name: str) -> str:
    """Return the marker of a slot, rendered instead of a value.

    name: lower-case ASCII letters, digits and underscores.
    """
    return f"{_MARKER}-{name}-"


class SlottedHtml:
    """A rendered piece of a page, with slots."""

    __slots__ = ("_rest", "_start", "names")

    def __init__(self, html: str) -> None:
        self._start, *rest = _SLOT.split(html)
        self._rest = tuple(zip(rest[::2], rest[1::2], strict=True))
        self.names = frozenset(rest[::2])

    def __len__(self) -> int:
        """Return the number of characters around the slots."""
        return len(self._start) + sum(len(text) for _, text in self._rest)

    def fill(self, values: Mapping[str, str] = _NO_VALUES) -> Markup:
        """Return the HTML with these values in its slots. values: escaped."""
        return Markup(self._filled(values))  # noqa: S704 - templates and `escaped` have escaped all of it

    def _filled(self, values: Mapping[str, str]) -> str:
        return self._start + "".join([part for name, text in self._rest for part in (values[name], text)])


def filled_all(pieces: Iterable[tuple[SlottedHtml, Mapping[str, str]]]) -> Markup:
    """Return the HTML of pieces, each with its values in its slots."""
    html = "".join([piece._filled(values) for piece, values in pieces])  # noqa: SLF001 - of this module
    return Markup(html)  # noqa: S704 - as in `fill`


def escaped(**values: object) -> dict[str, str]:
    """Return the values of slots, safe in text and attributes."""
    return {name: escape(value) for name, value in values.items()}
