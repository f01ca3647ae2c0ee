"""The library's own cases for recorders, on both databases."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence

from izarlink_tickets.database import Database
from izarlink_tickets.event_store import Recorder

WAIT_SECONDS = 60


@contextmanager
def _opened(url: str, data_dir: Path) -> Iterator[Database]:
    before = set(threading.enumerate())
    with closing(Database(url, data_dir=data_dir)) as database:
        yield database
        # The library's cases leave readers behind, each with an open connection.
        for thread in set(threading.enumerate()) - before:
            thread.join(WAIT_SECONDS)


class OnSQLite:
    @pytest.fixture(autouse=True)
    def _open(self, fresh_sqlite_url, tmp_path):
        with _opened(fresh_sqlite_url, tmp_path) as self.database:
            yield


class OnPostgreSQL:
    @pytest.fixture(autouse=True)
    def _open(self, fresh_postgres_url, tmp_path):
        with _opened(fresh_postgres_url, tmp_path) as self.database:
            yield


class AnonymousRecorder(Recorder):
    """A recorder without positions, as the cases for aggregates expect."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class AsApplicationRecorder(persistence.ApplicationRecorderTestCase[Recorder]):
    database: Database

    def create_recorder(self) -> Recorder:
        return Recorder(self.database.command)

    def test_subscriptions_are_refused(self) -> None:
        with pytest.raises(NotImplementedError):
            self.create_recorder().subscribe()


class AsAggregateRecorder(persistence.AggregateRecorderTestCase):
    database: Database

    def create_recorder(self) -> Recorder:
        return AnonymousRecorder(self.database.command)


class TestApplicationRecorderOnSQLite(OnSQLite, AsApplicationRecorder):
    pass


class TestApplicationRecorderOnPostgreSQL(OnPostgreSQL, AsApplicationRecorder):
    pass


class TestAggregateRecorderOnSQLite(OnSQLite, AsAggregateRecorder):
    pass


class TestAggregateRecorderOnPostgreSQL(OnPostgreSQL, AsAggregateRecorder):
    pass


# Base classes, collected through their subclasses alone.
del AsApplicationRecorder, AsAggregateRecorder
