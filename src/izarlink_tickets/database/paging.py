"""Keyset pages, the same cost for the first and the last.

A page starts behind a row instead of counting rows.
A cursor holds the sorted values of the row at a page's edge, the last one unique.
It comes back in a URL: an invalid cursor returns the first page.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Select, literal, select, tuple_

PAGE_SIZE = 50
# Of an INTEGER; ticket numbers, which come from one, are never larger either.
_MAX_INTEGER = 2**31 - 1
_MAX_LARGE_INTEGER = 2**63 - 1

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Cursors of the page to load.

    `after` wins over `before`, and without both it is the first page.
    """

    after: str | None = None
    before: str | None = None


FIRST_PAGE = PageRequest()


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in their order.

    after, before: cursors of the neighbouring pages, None at the ends.
    """

    rows: list[Row]
    after: str | None
    before: str | None


def parse_text(value: object) -> str:
    """Parse a text that both databases can hold. Raises: ValueError."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("not a text")
    return value


def parse_integer(value: object) -> int:
    """Parse a whole number that both databases can hold.

    Raises: ValueError, also for True.
    """
    if type(value) is not int or abs(value) > _MAX_INTEGER:
        raise ValueError("not an integer")
    return value


def parse_large_integer(value: object) -> int:
    """Parse a whole number of a BIGINT.

    Raises: ValueError, also for True.
    """
    if type(value) is not int or abs(value) > _MAX_LARGE_INTEGER:
        raise ValueError("not an integer")
    return value


@dataclass(frozen=True, slots=True)
class SortKey:
    """A column to sort by.

    field: the attribute of a row that holds its value.
    None keeps the value out of cursors, so that no URL holds a name: it is loaded by the unique key.
    parse: reads the value from a cursor, or raises ValueError.
    """

    column: ColumnElement[Any]
    field: str | None = None
    parse: Callable[[object], Any] = parse_text


@dataclass(frozen=True, slots=True)
class Order:
    """Sort keys, all in one direction.

    The last is unique, which makes the order total.
    """

    keys: tuple[SortKey, ...]
    is_descending: bool = False

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        return [key.column for key in self.keys]

    @property
    def _cursor_keys(self) -> list[tuple[str, SortKey]]:
        return [(key.field, key) for key in self.keys if key.field is not None]

    def reversed(self) -> "Order":
        """Return the same order from its other end."""
        return replace(self, is_descending=not self.is_descending)

    def sort(self, statement: Select[Any]) -> Select[Any]:
        """Add ORDER BY."""
        return statement.order_by(*(column.desc() if self.is_descending else column.asc() for column in self.columns))

    def cursor_of(self, row: Any) -> str:  # noqa: ANN401 - any row that has the fields
        """Format the cursor of a row."""
        values = [getattr(row, field) for field, _ in self._cursor_keys]
        return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")

    def parse_cursor(self, cursor: str | None) -> tuple[Any, ...] | None:
        """Parse a cursor into its values; None for an invalid one."""
        if not cursor:
            return None
        try:
            values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            return tuple(key.parse(value) for (_, key), value in zip(self._cursor_keys, values, strict=True))
        except (ValueError, TypeError):
            return None

    def find_edge(self, connection: Connection, cursor: str | None) -> tuple[Any, ...] | None:
        """Return the sorted values of the cursor's row, if it exists."""
        values = self.parse_cursor(cursor)
        if values is None or len(values) == len(self.keys):
            return values
        row = connection.execute(select(*self.columns).where(self.columns[-1] == values[-1])).first()
        return tuple(row) if row else None


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads one page: from an edge, forwards or backwards.

    order: in the direction of reading.
    """

    order: Order
    edge: tuple[Any, ...] | None
    is_backwards: bool
    size: int

    def restrict(self, statement: Select[Any], *, order: Order | None = None) -> Select[Any]:
        """Sort, start behind the edge, and end one row after the page.

        order: the same order with other columns, where the database needs them.
        """
        order = order or self.order
        if self.edge is not None:
            # Compared as one, the values are a place in the index, even among half a million of the same first value.
            columns = order.columns
            place = tuple_(*columns)
            edge = tuple_(*(literal(value, column.type) for column, value in zip(columns, self.edge, strict=True)))
            statement = statement.where(place < edge if order.is_descending else place > edge)
        return order.sort(statement).limit(self.size + 1)

    def page(self, loaded: list[Row]) -> Page[Row]:
        """Build the page from the rows loaded, in the direction of reading."""
        has_more, rows = len(loaded) > self.size, loaded[: self.size]
        if self.is_backwards:
            rows.reverse()
        has_after = has_more or self.is_backwards
        has_before = has_more if self.is_backwards else self.edge is not None
        return Page(
            rows,
            after=self.order.cursor_of(rows[-1]) if rows and has_after else None,
            before=self.order.cursor_of(rows[0]) if rows and has_before else None,
        )


def page_reader(connection: Connection, order: Order, request: PageRequest, *, size: int) -> PageReader:
    """Return the reader of a page."""
    is_backwards = bool(request.before) and not request.after
    edge = order.find_edge(connection, request.before if is_backwards else request.after)
    if is_backwards and edge is not None:
        return PageReader(order.reversed(), edge, is_backwards=True, size=size)
    return PageReader(order, edge, is_backwards=False, size=size)
