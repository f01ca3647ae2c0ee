"""The HTML of rows, kept for the next page that shows them.

A row's HTML depends on nothing but its key: the row's values, the language and the time zone. So nothing has to be
invalidated. What depends on the time of the request, such as « il y a 3 minutes », is a hole that the page fills.
After an erasure everything is rendered anew, and a row that no page shows is forgotten within an hour.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast

from flask import Flask, current_app, session
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from izarlink_tickets.web.app_context import now
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.slots import SlottedHtml
from izarlink_tickets.web.templating import render

Row = TypeVar("Row")

# Flask's name of the messages that the next page shows.
FLASHED = "_flashes"
Piece = TypeVar("Piece", bound=Sized)

# Stands in a row's HTML for what the page fills in; no text of ours or of a visitor holds it.
HOLE = "\0"
# Measured: 3.5 KiB a row of the queue with its key, so 9 MiB a process.
MAX_ROWS = 2_500
# Long texts are entries of timelines, too: all rows together hold no more than this.
MAX_CHARACTERS = 8_000_000
MAX_AGE = timedelta(hours=1)
# Pages without their rows, measured: 23 KiB each, so 3.5 MiB a process.
MAX_FRAMES = 150
_NAME, _FRAMES = "izarlink-rows", "izarlink-frames"
_NAMED_HOLE = re.compile("\x01([a-z0-9_]+)\x02")


@dataclass(frozen=True, slots=True)
class MemoFigures:
    """Figures of a memo.

    hits, misses: rows found and rendered since the start.
    """

    rows: int
    hits: int
    misses: int


class RowMemo:
    """The rows shown lately, in two generations.

    A row of the older generation that is shown again moves to the younger one. When that is full, or half of the
    age has passed, the older one is dropped.
    """

    def __init__(
        self, *, max_rows: int = MAX_ROWS, max_characters: int = MAX_CHARACTERS, max_age: timedelta = MAX_AGE
    ) -> None:
        self._max_rows, self._max_characters, self._max_age = max_rows, max_characters, max_age
        # Counts the rows of each page where metrics are wanted.
        self.observe: Callable[..., None] | None = None
        self._lock = Lock()
        self._erasures = self._hits = self._misses = self._characters = 0
        self._young: dict[Hashable, Any] = {}
        self._old: dict[Hashable, Any] = {}
        self._began = datetime.min.replace(tzinfo=UTC)

    @property
    def figures(self) -> MemoFigures:
        """Return how many rows are kept, and how often that helped."""
        return MemoFigures(len(self._young) + len(self._old), self._hits, self._misses)

    def texts(
        self, keys: Sequence[Hashable], render: Callable[[int], str], *, erasures: int, at: datetime
    ) -> list[str]:
        """Return the HTML of each key, with `%s` for each hole.

        render: returns the HTML of the key at an index. erasures: so far, when the rows were read. at: aware UTC.
        """
        return self.pieces(keys, lambda index: _format_of(render(index)), erasures=erasures, at=at)

    def pieces(
        self, keys: Sequence[Hashable], build: Callable[[int], Piece], *, erasures: int, at: datetime
    ) -> list[Piece]:
        """Return the piece of each key.

        build: returns the piece of the key at an index; all pieces of a key have one type.
        """
        self.forget(at=at)
        young, old = self._generations(erasures)
        pieces, misses = [], 0
        for index, key in enumerate(keys):
            piece = young.get(key)
            if piece is None:
                piece = old.get(key)
                if piece is None:
                    misses += 1
                    piece = build(index)
                if not self._is_full():
                    young[key] = piece
                    self._characters += len(piece)
            pieces.append(piece)
        with self._lock:
            self._hits += len(keys) - misses
            self._misses += misses
        if self.observe:
            self.observe(found=len(keys) - misses, rendered=misses, kept=len(self._young) + len(self._old))
        return pieces

    def forget(self, *, at: datetime) -> None:
        """Drop the rows that no page has shown for long.

        at: aware UTC.
        """
        if not self._is_over(at):
            return
        with self._lock:
            # Another thread may have been first.
            if self._is_over(at):
                self._young, self._old, self._characters, self._began = {}, self._young, 0, at

    def _is_over(self, at: datetime) -> bool:
        # A clock that was set back counts as time that has passed.
        return self._is_full() or abs(at - self._began) >= self._max_age / 2

    def _is_full(self) -> bool:
        return len(self._young) >= self._max_rows // 2 or self._characters >= self._max_characters // 2

    def _generations(self, erasures: int) -> tuple[dict[Hashable, Any], dict[Hashable, Any]]:
        with self._lock:
            if erasures > self._erasures:
                self._young, self._old, self._characters, self._erasures = {}, {}, 0, erasures
            # A page that was begun before the last erasure leaves nothing behind.
            return (self._young, self._old) if erasures == self._erasures else ({}, {})


def _format_of(html: str) -> str:
    # Plain text: Markup would escape each label that fills a hole.
    text = str(html).replace("%", "%%").replace(HOLE, "%s")
    return _NAMED_HOLE.sub(r"%(\1)s", text)


def register_row_memo(app: Flask) -> None:
    app.extensions[_NAME] = RowMemo()
    app.extensions[_FRAMES] = RowMemo(max_rows=MAX_FRAMES)
    # On any request, so that a process that is only probed forgets, too.
    app.before_request(_forget)


def memos(app: Flask) -> dict[str, RowMemo]:
    """Return the memos of rows and of frames, by name."""
    return {"rows": app.extensions[_NAME], "frames": app.extensions[_FRAMES]}


def row_memo() -> RowMemo:
    """Return the memo of this process."""
    return cast("RowMemo", current_app.extensions[_NAME])


def render_rows(
    kind: str,
    rows: Sequence[Row],
    *,
    key: Callable[[Row], Hashable],
    labels: Callable[[Row], tuple[str, ...]],
    render: Callable[[Row], str],
) -> Markup:
    """Render the rows of a list for the page's viewer.

    kind: of the row, unique. key: everything of the row that `render` shows. labels: what fills its holes, as HTML.
    """
    page = current_page()
    variant = kind, page.language, page.timezone
    keys = [(variant, key(row)) for row in rows]
    texts = row_memo().texts(keys, lambda index: render(rows[index]), erasures=page.erasures, at=page.now)
    return Markup("".join(_filled(texts, map(labels, rows))))  # noqa: S704 - rendered by templates that escape


def slotted_html(kind: str, keys: Sequence[Hashable], render: Callable[[int], str]) -> list[SlottedHtml]:
    """Return pieces of a page with named slots.

    kind: of the pieces, unique. keys: all that they are made of, language and zone too.
    render: returns the HTML of the key at an index.
    """
    page = current_page()
    kinds = [(kind, key) for key in keys]
    return row_memo().pieces(kinds, lambda index: SlottedHtml(render(index)), erasures=page.erasures, at=page.now)


def slotted_piece(kind: str, key: Hashable, render: Callable[[], str]) -> SlottedHtml:
    """Return a piece of a page with named slots, as `slotted_html` does."""
    return slotted_html(kind, [key], lambda _index: render())[0]


def render_frame(
    template: str,
    *,
    key: Hashable,
    fill: Mapping[str, str],
    values: Callable[[Mapping[str, Markup]], Mapping[str, object]],
) -> str:
    """Render a page around what changes from one request to the next.

    key: everything that `values` uses, besides the page's context. fill: HTML by name, for the holes.
    values: returns the template's values, with the holes or what fills them.
    """
    if FLASHED in session:
        # Shown once: nothing to keep.
        return render(template, **values({name: Markup(html) for name, html in fill.items()}))  # noqa: S704 - as told
    page, secrets = current_page(), {"csrf_token": generate_csrf()}

    def render_with_holes(_index: int) -> str:
        holes = {name: Markup(f"\x01{name}\x02") for name in fill}  # noqa: S704 - a placeholder
        # The token is random: nothing else on the page is equal to it.
        return render(template, **values(holes)).replace(secrets["csrf_token"], "\x01csrf_token\x02")

    frames: RowMemo = current_app.extensions[_FRAMES]
    (frame,) = frames.texts([(template, page, key)], render_with_holes, erasures=page.erasures, at=page.now)
    return frame % {**fill, **secrets}


def _filled(texts: Iterable[str], labels: Iterable[tuple[str, ...]]) -> Iterable[str]:
    return [text % values for text, values in zip(texts, labels, strict=True)]


def _forget() -> None:
    at = now()
    for memo in (_NAME, _FRAMES):
        current_app.extensions[memo].forget(at=at)
