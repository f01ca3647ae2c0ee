"""Queries of the log, and the allocation of positions and ticket numbers."""

from contextlib import nullcontext
from uuid import UUID

import pytest
from tests.event_store.sample_events import MASTER_KEY, STREAM, TOPICS, note_written

from izarlink_tickets.database import Database, DatabaseBusy, connections
from izarlink_tickets.event_store import (
    Mapper,
    Recorder,
    VersionTaken,
    advance_head,
    load_events,
    lock_head,
    read,
    read_stream,
)
from izarlink_tickets.sealing import Keys

OTHER_STREAM = UUID(int=2)


def _record(database: Database, *events) -> list[int]:
    with database.command() as connection:
        mapper = Mapper(topics=TOPICS, keys=Keys(connection, MASTER_KEY))
        recorder = Recorder(lambda: nullcontext(connection))
        return recorder.insert_events([mapper.to_stored_event(event) for event in events]) or []


@pytest.fixture
def two_streams(database):
    """Store three versions of a stream, with another stream at position 2."""
    _record(database, note_written(1))
    _record(database, note_written(1, stream=OTHER_STREAM))
    _record(database, note_written(2), note_written(3))
    return database


@pytest.fixture
def connection(two_streams):
    with two_streams.query() as connection:
        yield connection


MAPPER = Mapper(topics=TOPICS)


def test_the_log_is_read_in_the_order_of_commits(connection):
    recorded = read(connection, MAPPER, after=0, limit=10)

    assert [(entry.position, entry.event.originator_id, entry.event.originator_version) for entry in recorded] == [
        (1, STREAM, 1),
        (2, OTHER_STREAM, 1),
        (3, STREAM, 2),
        (4, STREAM, 3),
    ]


def test_the_log_is_read_above_a_position_and_up_to_a_limit(connection):
    assert [entry.position for entry in read(connection, MAPPER, after=1, limit=2)] == [2, 3]


def test_nothing_is_above_the_last_position(connection):
    assert read(connection, MAPPER, after=4, limit=10) == []


def test_a_stream_is_loaded_in_the_order_of_its_versions(connection):
    assert [event.originator_version for event in load_events(connection, MAPPER, STREAM)] == [1, 2, 3]


def test_a_stream_is_read_with_the_positions_of_its_events(connection):
    assert [entry.position for entry in read_stream(connection, MAPPER, STREAM)] == [1, 3, 4]


def test_an_unknown_stream_is_empty(connection):
    assert load_events(connection, MAPPER, UUID(int=3)) == []


def test_a_version_is_taken_once(two_streams):
    with pytest.raises(VersionTaken):
        _record(two_streams, note_written(3))


def test_the_positions_of_a_failed_command_are_reused(two_streams):
    with pytest.raises(VersionTaken):
        _record(two_streams, note_written(4), note_written(3))

    assert _record(two_streams, note_written(4)) == [5]


def test_no_events_take_no_position(two_streams):
    assert _record(two_streams) == []


def test_ticket_numbers_count_from_one(database):
    with database.command() as connection:
        numbers = [advance_head(connection, events=0, tickets=1).ticket_number for _ in range(3)]

    assert numbers == [1, 2, 3]


def _take_number_and_fail(database: Database) -> None:
    with database.command() as connection:
        advance_head(connection, events=0, tickets=1)
        raise ZeroDivisionError


def test_the_number_of_a_failed_command_is_reused(database):
    with pytest.raises(ZeroDivisionError):
        _take_number_and_fail(database)

    with database.command() as connection:
        assert advance_head(connection, events=0, tickets=1).ticket_number == 1


def test_writers_wait_while_the_head_is_locked(two_streams, database_url, tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "LOCK_SECONDS", 0.2)
    impatient = Database(database_url, data_dir=tmp_path)
    with two_streams.command() as connection:
        last = lock_head(connection)

        with pytest.raises(DatabaseBusy):
            _record(impatient, note_written(4))

    impatient.close()
    assert last == 4
