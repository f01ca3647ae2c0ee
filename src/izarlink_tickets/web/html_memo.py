"""Pieces of HTML, remembered by all that they are made of.

Nothing has to be invalidated: another row, language or time zone is another key.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from izarlink_tickets.web.slots import SlottedHtml

_PIECES = 5_000


class HtmlMemo:
    """The last pieces that a process has rendered."""

    def __init__(self, pieces: int = _PIECES) -> None:
        self._pieces = pieces
        self._html: OrderedDict[Hashable, SlottedHtml] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, render: Callable[[], str]) -> SlottedHtml:
        """Return the piece with this key. render: a pure function of the key."""
        html = self._html.get(key)
        if html is None:
            html = SlottedHtml(render())
            with self._lock:
                self._html[key] = html
                while len(self._html) > self._pieces:
                    self._html.popitem(last=False)
        return html
