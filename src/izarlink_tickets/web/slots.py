"""HTML that is rendered once, with slots for what differs each time.

A slot is rendered as a marker that nobody can type, because it is drawn at random when the process starts.
"""

import re
import secrets

from markupsafe import Markup, escape

_MARKER = f"slot{secrets.token_hex(16)}"
_SLOT = re.compile(f"{_MARKER}-([a-z_]+)-")


def slot(name: str) -> str:
    """Return the marker of a slot, to be rendered in the place of a value.

    name: lower-case ASCII letters.
    """
    return f"{_MARKER}-{name}-"


class SlottedHtml:
    """A rendered piece of a page, with slots."""

    __slots__ = ("_rest", "_start")

    def __init__(self, html: str) -> None:
        self._start, *rest = _SLOT.split(html)
        self._rest = tuple(zip(rest[::2], rest[1::2], strict=True))

    def fill(self, **values: object) -> Markup:
        """Return the HTML with these values, escaped, in its slots."""
        escaped = {name: escape(value) for name, value in values.items()}
        filled = "".join(part for name, text in self._rest for part in (escaped[name], text))
        return Markup(self._start + filled)  # noqa: S704 - templates and `escape` have escaped all of it
