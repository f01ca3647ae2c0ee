"""JSON encoding of column values, the same for both databases.

A timestamp is ISO 8601 in UTC, a UUID has its usual form; bytes are text if they are UTF-8, else base64.
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
    """The kind of a column's values, apart from NULL."""

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
# The types for loading, whatever the column's own type in this release.
TYPES: Mapping[ValueKind, TypeEngine[Any]] = {
    ValueKind.TEXT: String(),
    ValueKind.INTEGER: BigInteger(),
    ValueKind.BOOLEAN: Boolean(),
    ValueKind.MOMENT: Timestamp(),
    ValueKind.UUID: Uuid(),
    ValueKind.BYTES: LargeBinary(),
}


def kind_of(column: Column[Any]) -> ValueKind:
    """Return the kind of a column. Raises: TypeError for an unsupported type."""
    for column_type, kind in _KINDS:
        if isinstance(column.type, column_type):
            return kind
    raise TypeError(f"{column.table.name}.{column.name}: {column.type!r}")


def encode(kind: ValueKind, value: object) -> object:
    """Encode a value of the database for JSON."""
    if value is None or kind not in _ENCODERS:
        return value
    return _ENCODERS[kind](value)


def decode(kind: ValueKind, value: object) -> object:
    """Decode a value. Raises: ValueError, TypeError for a value of another kind."""
    return None if value is None else _DECODERS[kind](value)


def _encode_timestamp(value: object) -> str:
    if not isinstance(value, datetime):
        raise TypeError(type(value).__name__)
    return value.astimezone(UTC).isoformat()


def _encode_bytes(value: object) -> object:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(value).decode()}


def _decode_bytes(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict) and isinstance(encoded := value.get("base64"), str):
        return b64decode(encoded, validate=True)
    raise TypeError(type(value).__name__)


def _require(kind: type[T]) -> Callable[[object], T]:
    def check(value: object) -> T:
        if type(value) is not kind:
            raise TypeError(type(value).__name__)
        return value

    return check


_text = _require(str)
_ENCODERS: Mapping[ValueKind, Callable[[object], object]] = {
    ValueKind.MOMENT: _encode_timestamp,
    ValueKind.UUID: str,
    ValueKind.BYTES: _encode_bytes,
}
_DECODERS: Mapping[ValueKind, Callable[[object], object]] = {
    ValueKind.TEXT: _text,
    ValueKind.INTEGER: _require(int),
    ValueKind.BOOLEAN: _require(bool),
    ValueKind.MOMENT: lambda value: datetime.fromisoformat(_text(value)),
    ValueKind.UUID: lambda value: UUID(_text(value)),
    ValueKind.BYTES: _decode_bytes,
}
