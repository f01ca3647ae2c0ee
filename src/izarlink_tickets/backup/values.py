"""Write the values of columns so that both databases, and people, read them alike.

A moment is ISO 8601 in UTC, a UUID is in its usual form, bytes are text where they are UTF-8 and base64 elsewhere.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, String, Uuid
from sqlalchemy.types import TypeEngine

from izarlink_tickets.database import Timestamp

T = TypeVar("T")


class ValueKind(StrEnum):
    """What a column holds, apart from NULL."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    UUID = "uuid"
    BYTES = "bytes"


_KINDS: tuple[tuple[type[TypeEngine[Any]], ValueKind], ...] = (
    (Timestamp, ValueKind.MOMENT),
    (Boolean, ValueKind.BOOLEAN),
    (Integer, ValueKind.INTEGER),
    (Uuid, ValueKind.UUID),
    (LargeBinary, ValueKind.BYTES),
    (String, ValueKind.TEXT),
)
# How each is bound when it is loaded, whatever the column's own type is in that release.
TYPES: Mapping[ValueKind, TypeEngine[Any]] = {
    ValueKind.TEXT: String(),
    ValueKind.INTEGER: BigInteger(),
    ValueKind.BOOLEAN: Boolean(),
    ValueKind.MOMENT: Timestamp(),
    ValueKind.UUID: Uuid(),
    ValueKind.BYTES: LargeBinary(),
}


def kind_of(column: Column[Any]) -> ValueKind:
    """Say what a column holds. Raises: TypeError for a type that backups don't know yet."""
    for known, kind in _KINDS:
        if isinstance(column.type, known):
            return kind
    raise TypeError(f"{column.table.name}.{column.name}: {column.type!r}")


def written(kind: ValueKind, value: object) -> object:
    """Give what stands in the backup for a value of the database."""
    if value is None or kind not in _WRITE:
        return value
    return _WRITE[kind](value)


def read(kind: ValueKind, value: object) -> object:
    """Give the value again. Raises: ValueError, TypeError for what is none of this kind."""
    return None if value is None else _READ[kind](value)


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).isoformat()


def _bytes(value: object) -> object:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _of_bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and isinstance(encoded := value.get("base64"), str):
        return b64decode(encoded, validate=True)
    raise TypeError(type(value).__name__)


def _a(kind: type[T]) -> Callable[[object], T]:
    def check(value: object) -> T:
        if type(value) is not kind:
            raise TypeError(type(value).__name__)
        return value

    return check


_text = _a(str)
_WRITE: Mapping[ValueKind, Callable[[object], object]] = {
    ValueKind.MOMENT: _moment,
    ValueKind.UUID: str,
    ValueKind.BYTES: _bytes,
}
_READ: Mapping[ValueKind, Callable[[object], object]] = {
    ValueKind.TEXT: _text,
    ValueKind.INTEGER: _a(int),
    ValueKind.BOOLEAN: _a(bool),
    ValueKind.MOMENT: lambda value: datetime.fromisoformat(_text(value)),
    ValueKind.UUID: lambda value: UUID(_text(value)),
    ValueKind.BYTES: _of_bytes,
}
