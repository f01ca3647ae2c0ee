"""Prepared statements give and take what SQLAlchemy's own execution does."""

from datetime import UTC, datetime
from enum import StrEnum

import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, Uuid, bindparam, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from tests.statements import recorded_statements

from izarlink_tickets.database import PreparedStatement, Timestamp
from izarlink_tickets.domain.events import stream_of

notes = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("stream", Uuid),
    Column("at", Timestamp),
    Column("is_read", Boolean),
    Column("text", Text, server_default="none"),
    Column("attempts", Integer, default=3),
)
NOON = datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)
FIRST = {"id": 1, "stream": stream_of(1), "at": NOON, "is_read": True, "text": "first"}

ADD = PreparedStatement(insert(notes))
ALL = PreparedStatement(select(notes).order_by(notes.c.id))
AMONG = PreparedStatement(select(notes.c.id).where(notes.c.id.in_(bindparam("ids", expanding=True))).order_by("id"))
# With a constant beside the value.
TEXT_OF = PreparedStatement(select(notes.c.text).where(notes.c.id == bindparam("of_id"), notes.c.is_read == True))  # noqa: E712
DROP = PreparedStatement(delete(notes).where(notes.c.id.in_(bindparam("ids", expanding=True))))
MARK = PreparedStatement(update(notes).where(notes.c.id == bindparam("of_id")))
TAKE = PreparedStatement(
    update(notes).values(id=notes.c.id + bindparam("more")).returning(notes.c.id, notes.c.at, notes.c.is_read)
)


class Colour(StrEnum):
    BLUE = "blue"


@pytest.fixture
def connection(database):
    with database.command() as connection:
        notes.create(connection)
        ADD.execute(connection, FIRST)
        yield connection


def test_a_row_comes_back_in_the_types_of_its_columns(connection):
    assert ALL.all(connection) == [(1, stream_of(1), NOON, True, "first", 3)]


def test_rows_are_those_of_sqlalchemy(connection):
    assert ALL.all(connection) == [tuple(row) for row in connection.execute(select(notes))]


def test_a_column_without_a_value_gets_its_default(connection):
    ADD.execute(connection, {"id": 2})

    assert ALL.all(connection)[1] == (2, None, None, None, "none", 3)


def test_several_rows_are_written_at_once(connection):
    ADD.execute(connection, {"id": 2, "text": "a"}, {"id": 3, "text": "b"})

    assert [row[0] for row in ALL.all(connection)] == [1, 2, 3]


def test_no_row_writes_nothing(connection):
    ADD.execute(connection)

    assert ALL.scalars(connection) == [1]


def test_a_list_of_values_may_have_any_length(connection):
    ADD.execute(connection, {"id": 2}, {"id": 3})

    found = [AMONG.scalars(connection, {"ids": ids}) for ids in ([], [2], [3, 1], [4])]

    assert found == [[], [2], [1, 3], []]


def test_lists_of_several_lengths_are_written_whole(connection):
    ADD.execute(connection, *[{"id": number} for number in range(2, 9)])

    DROP.execute(connection, {"ids": [1]})
    DROP.execute(connection, {"ids": [2, 3, 4]})
    DROP.execute(connection, {"ids": [5]}, {"ids": []}, {"ids": [6, 7]})

    assert ALL.scalars(connection) == [8]


def test_a_constant_of_the_statement_is_bound_too(connection):
    assert (TEXT_OF.scalar(connection, {"of_id": 1}), TEXT_OF.scalar(connection, {"of_id": 2})) == ("first", None)


def test_an_update_sets_the_columns_that_are_named(connection):
    MARK.execute(connection, {"of_id": 1, "text": Colour.BLUE})
    MARK.execute(connection, {"of_id": 1, "is_read": False, "at": None})

    assert ALL.all(connection) == [(1, stream_of(1), None, False, "blue", 3)]


def test_a_writing_statement_returns_rows(connection):
    assert TAKE.all(connection, {"more": 4}) == [(5, NOON, True)]


def test_a_conflict_is_sqlalchemys(connection):
    with pytest.raises(IntegrityError), connection.begin_nested():
        ADD.execute(connection, FIRST)


def test_an_error_hides_the_values(connection):
    absent = PreparedStatement(
        select(Table("absent", MetaData(), Column("id", Integer))).where(bindparam("secret") == "s3")
    )

    with pytest.raises(DBAPIError) as raised, connection.begin_nested():
        absent.all(connection, {"secret": "s3cret"})

    assert "s3cret" not in str(raised.value)


def test_whoever_listens_to_statements_hears_these(connection):
    with recorded_statements() as sent:
        rows = ALL.all(connection)
        ADD.execute(connection, {"id": 2}, {"id": 3})

    assert [statement.split()[0] for statement in sent] == ["SELECT", "INSERT"]
    assert rows == [(1, stream_of(1), NOON, True, "first", 3)]
    assert ALL.scalars(connection) == [1, 2, 3]
