"""The metadata of the durable tables, and the column types for times."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, MetaData, type_coerce
from sqlalchemy.types import NullType, TypeDecorator

# Clocks of machines differ by seconds. A timestamp further in the future comes from a wrong clock.
CLOCK_TOLERANCE = timedelta(minutes=5)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Migrations drop constraints by name, so each has the same name on both databases.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Timestamp(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC. Raises: ValueError for a naive datetime."""
        del dialect
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a naive datetime is ambiguous")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Add the offset that SQLite leaves out."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EpochTime(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as microseconds since 1970.

    It sorts as an integer, takes 8 bytes in an index, and lists show most rows without converting it.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Convert to microseconds. Raises: TypeError for a naive datetime."""
        del dialect
        return None if value is None else microseconds_of(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Convert to an aware datetime."""
        del dialect
        return None if value is None else time_of(value)


def microseconds_of(moment: datetime) -> int:
    """Return the microseconds since 1970 of an aware datetime."""
    return (moment - _EPOCH) // _MICROSECOND


def time_of(microseconds: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def as_stored(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Select a time as the driver returns it, for `time_of_stored`.

    A page that has been rendered before compares times and converts none.
    """
    return type_coerce(column, NullType()).label(column.key)


def time_of_stored(value: datetime | str) -> datetime:
    """Convert a stored time to an aware UTC datetime.

    SQLite's are texts without an offset.
    """
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
