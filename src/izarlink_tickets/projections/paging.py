"""Pages that follow a key instead of a number: the oldest page costs what the newest costs. It knows no table.

A key is the sorted values and the tie-breaking number of a row at a page's edge. It comes back from the outside, so
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
class Key:
    """A column to sort by.

    field: the attribute of a row that holds its value; read: gives the value back from JSON, or raises.
    """

    column: ColumnElement[Any]
    field: str
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: by some columns, all the same way; the last is a unique number, which keeps the order total."""

    keys: tuple[Key, ...]
    is_descending: bool = False

    @property
    def columns(self) -> list[ColumnElement[Any]]:
        """The columns, the first first."""
        return [key.column for key in self.keys]

    def reversed(self) -> "Order":
        """Give the same order from its other end."""
        return replace(self, is_descending=not self.is_descending)

    def through(self, change: Callable[[ColumnElement[Any]], ColumnElement[Any]]) -> "Order":
        """Give the same order by the same columns, each but the number named another way."""
        *firsts, number = self.keys
        return replace(self, keys=(*(replace(key, column=change(key.column)) for key in firsts), number))

    def key_of(self, row: Any) -> str:  # noqa: ANN401 - any row that has the fields
        """Write the key of a row."""
        values = [getattr(row, key.field) for key in self.keys]
        return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")

    def read_key(self, key: str | None) -> tuple[Any, ...] | None:
        """Read a key back; None for what is none."""
        if not key:
            return None
        try:
            values = orjson.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
            return tuple(one.read(value) for one, value in zip(self.keys, values, strict=True))
        except (ValueError, TypeError, binascii.Error):
            return None


def from_key(statement: Select[Any], order: Order, key: tuple[Any, ...] | None) -> Select[Any]:
    """Sort, and begin behind the key."""
    columns = order.columns
    if key is not None:
        # Compared as one, the values are a place in the index, even among half a million of the same first value.
        place = tuple_(*columns)
        edge = tuple_(*(literal(value, column.type) for column, value in zip(columns, key, strict=True)))
        statement = statement.where(place < edge if order.is_descending else place > edge)
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


def a_truth(value: object) -> bool:
    """Read true or false; 1 is neither."""
    if not isinstance(value, bool):
        raise TypeError("no truth value")
    return value


def a_text(value: object) -> str:
    """Read a text that both databases can hold, just as it is stored."""
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError("no text")
    return value
