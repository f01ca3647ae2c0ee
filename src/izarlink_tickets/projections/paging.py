"""Pages that follow a key instead of a number: the oldest page costs what the newest costs. It knows no table.

A key is the sorted value and the tie-breaking number of a row at a page's edge. It comes back from the outside, so
whatever doesn't read as one is no key.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, literal, tuple_

# Of an INTEGER; ticket numbers, which come from one, are never larger either.
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: by a column, then the same way by a unique number, which keeps the order total.

    field: the attribute of a row that holds the column's value; read: gives the value back from JSON, or raises.
    """

    column: ColumnElement[Any]
    number: ColumnElement[int]
    field: str
    read: Callable[[Any], Any]
    is_descending: bool = False

    def reversed(self) -> "Order":
        """Give the same order from its other end."""
        return replace(self, is_descending=not self.is_descending)

    def key_of(self, row: Any) -> str:  # noqa: ANN401 - any row that has the field
        """Write the key of a row."""
        return base64.urlsafe_b64encode(orjson.dumps([getattr(row, self.field), row.number])).decode().rstrip("=")

    def read_key(self, key: str | None) -> tuple[Any, int] | None:
        """Read a key back; None for what is none."""
        if not key:
            return None
        try:
            value, number = orjson.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
            return self.read(value), a_number(number)
        except (ValueError, TypeError, binascii.Error):
            return None


def from_key(statement: Select[Any], order: Order, key: tuple[Any, int] | None) -> Select[Any]:
    """Sort, and begin behind the key."""
    if key is not None:
        value, number = key
        # Compared as one, value and number are a place in the index, even among half a million of the same value.
        place = tuple_(order.column, order.number)
        edge = tuple_(literal(value, order.column.type), literal(number, order.number.type))
        statement = statement.where(place < edge if order.is_descending else place > edge)
    columns = (order.column, order.number)
    return statement.order_by(*(one.desc() if order.is_descending else one.asc() for one in columns))


def a_time(value: object) -> datetime:
    """Read an aware time from ISO 8601."""
    moment = datetime.fromisoformat(str(value))
    if moment.utcoffset() is None:
        raise ValueError("no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no moment in UTC") from error


def a_number(value: object) -> int:
    """Read a whole number that the columns of both databases can hold; True is none."""
    if type(value) is not int or abs(value) > _LARGEST:
        raise ValueError("no number")
    return value


def a_text(value: object) -> str:
    """Read a text that both databases can hold, just as it is stored."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    return value
