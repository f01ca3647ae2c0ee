"""Pages of the directory's lists: they follow a row, not a number, so that the last page costs what the first costs.

A page is named by the id of the row that it begins behind: an address holds nobody's name.
"""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, or_, select, true, tuple_

from izarlink_tickets.domain.text import clean_line, fold

PAGE_SIZE = 50
# Characters; nobody types more into a search field.
MAX_SEARCH = 200

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class DirectoryPage(Generic[Row]):
    """Rows in their order. after, before: ids that name the neighbouring pages, None at the ends."""

    rows: list[Row]
    after: str | None
    before: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page is asked for; the first one where both are empty, or name no row."""

    after: str = ""
    before: str = ""


def searched(words: str, *keys: ColumnElement[Any]) -> ColumnElement[bool]:
    """Ask for rows that hold every word, in any of the keys, whatever accents and capitals were typed."""
    wanted = fold(clean_line(words))[:MAX_SEARCH].split()
    return and_(true(), *(or_(*(key.contains(word, autoescape=True) for key in keys)) for word in wanted))


def read_page(
    connection: Connection,
    statement: Select[Any],
    table: Table,
    *,
    by: ColumnElement[Any],
    place: PageRequest,
    size: int,
) -> tuple[list[RowMapping], bool, bool]:
    """Give the rows of a page, and whether there are more before and after it. by: what the list is sorted by."""
    key = tuple_(by, table.c.id)
    is_backwards = bool(place.before) and not place.after
    start = place.before if is_backwards else place.after
    anchor = connection.execute(select(by, table.c.id).where(table.c.id == start)).first() if start else None
    if anchor is not None:
        value = tuple_(*anchor)
        statement = statement.where(key < value if is_backwards else key > value)
    is_backwards = is_backwards and anchor is not None
    order = (by.desc(), table.c.id.desc()) if is_backwards else (by, table.c.id)
    found = list(connection.execute(statement.order_by(*order).limit(size + 1)).mappings())
    rows, has_more = found[:size], len(found) > size
    if is_backwards:
        return rows[::-1], has_more, True
    return rows, anchor is not None, has_more
