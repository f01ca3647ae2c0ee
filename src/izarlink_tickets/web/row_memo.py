"""The HTML of rows, kept for the next page that shows them.

A row's HTML depends on nothing but its key: the row's values, the language and the time zone. So nothing has to be
invalidated. What depends on the time of the request, such as « il y a 3 minutes », is a slot that the page fills.
After an erasure everything is rendered anew, and a row that no page shows is forgotten within an hour.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast

from flask import Flask, current_app, get_flashed_messages
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from izarlink_tickets.web.app_context import now
from izarlink_tickets.web.page import current_page
from izarlink_tickets.web.slots import SlottedHtml, filled_all, slot
from izarlink_tickets.web.templating import render

Row = TypeVar("Row")

Piece = TypeVar("Piece", bound=Sized)

# Measured: 3.5 KiB a row of the queue with its key, so 9 MiB a process.
MAX_ROWS = 2_500
# Long texts are entries of timelines, too: all rows together hold no more than this.
MAX_CHARACTERS = 8_000_000
MAX_AGE = timedelta(hours=1)
# Pages without their rows, measured: 5 KiB of a ticket, 23 KiB of a list, so 3.5 MiB a process.
MAX_FRAMES, MAX_FRAME_CHARACTERS = 600, 3_500_000
_NAME, _FRAMES = "izarlink-rows", "izarlink-frames"


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


def register_row_memo(app: Flask) -> None:
    app.extensions[_NAME] = RowMemo()
    app.extensions[_FRAMES] = RowMemo(max_rows=MAX_FRAMES, max_characters=MAX_FRAME_CHARACTERS)
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
    labels: Callable[[Row], Mapping[str, str]],
    render: Callable[[Row], str],
) -> Markup:
    """Render the rows of a list for the page's viewer.

    kind: of the row, unique. key: everything of the row that `render` shows. labels: HTML for its slots, by name.
    """
    page = current_page()
    variant = page.language, page.timezone
    pieces = slotted_html(kind, [(variant, key(row)) for row in rows], lambda index: render(rows[index]))
    return filled_all(zip(pieces, map(labels, rows), strict=True))


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

    key: everything that `values` uses, besides the page's context. fill: HTML by name, for the slots.
    values: returns the template's values, with the slots or what fills them.
    """
    if get_flashed_messages():
        # Shown once, by the page too: nothing to keep.
        return render(template, **values({name: Markup(html) for name, html in fill.items()}))  # noqa: S704 - as told
    page, token = current_page(), generate_csrf()

    def render_with_slots(_index: int) -> SlottedHtml:
        slots = {name: Markup(slot(name)) for name in fill}  # noqa: S704 - a placeholder
        # The token is random: nothing else on the page is equal to it.
        return SlottedHtml(render(template, **values(slots)).replace(token, slot("csrf_token")))

    frames: RowMemo = current_app.extensions[_FRAMES]
    (frame,) = frames.pieces([(template, page, key)], render_with_slots, erasures=page.erasures, at=page.now)
    return frame.fill({**fill, "csrf_token": token})


def _forget() -> None:
    at = now()
    for memo in (_NAME, _FRAMES):
        current_app.extensions[memo].forget(at=at)
