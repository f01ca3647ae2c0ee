"""Timestamps of any offset, loaded as UTC from both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from izarlink_tickets.database import Timestamp

moments = Table("moments", MetaData(), Column("id", Integer, primary_key=True), Column("at", Timestamp))
NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def stored(database):
    with database.command() as connection:
        moments.create(connection)

    def store(*values: datetime | None) -> list[datetime | None]:
        with database.command() as connection:
            connection.execute(insert(moments), [{"at": value} for value in values])
            return list(connection.execute(select(moments.c.at).order_by(moments.c.at)).scalars())

    return store


def test_a_moment_comes_back_in_utc(stored):
    (moment,) = stored(NOON.astimezone(timezone(timedelta(hours=2))))

    assert (moment, moment.tzinfo) == (NOON, UTC)


def test_moments_are_ordered_by_time_whatever_their_offset(stored):
    earlier = (NOON - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=5)))

    assert stored(NOON, earlier) == [earlier, NOON]


def test_no_moment_stays_none(stored):
    assert stored(None) == [None]


def test_a_naive_datetime_is_refused(stored):
    with pytest.raises(StatementError, match="naive"):
        stored(NOON.replace(tzinfo=None))
