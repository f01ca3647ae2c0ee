"""Rebuilding and comparing of the read models, from the log.

A rebuild works beside the live tables: it folds range after range of the log into its own, in short transactions with
commands between them, folds again the tickets that went on meanwhile, and swaps under the lock of `log_head`. After a
crash its tables stay, unread, until the next rebuild drops them.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from secrets import token_hex
from time import sleep

from sqlalchemy import Connection, Dialect, Table, inspect, text
from sqlalchemy.schema import CreateTable

from izarlink_tickets.database import Database, DatabaseBusy
from izarlink_tickets.event_store import last_position, lock_head
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.progress import Progress, no_progress
from izarlink_tickets.projections import LIVE, MODELS, VERSIONS
from izarlink_tickets.projections.bulk import BulkTables, LogFolder, MapperOf, count, numbers_of, require_all
from izarlink_tickets.projections.comparing import Comparison, Difference
from izarlink_tickets.projections.read_model import ReadModel, TicketRows, tables_of
from izarlink_tickets.projections.ticket_count_table import CountKey
from izarlink_tickets.projections.versions import forget_others, live_versions, record_version

# Positions of the log a transaction: about 400 tickets.
PAGE = 2500
# Events that the last step folds while writers wait.
LAST_EVENTS = 200
# On SQLite the writers of other processes poll for the lock. Without a pause between two pages they hardly ever got it:
# one waited for 2.3 of a rebuild's 3.2 seconds.
PAUSE_SECONDS = 0.005
# A rebuild takes as long as a comparison: a second swap during one is rare, a third means rebuilds in a loop.
COMPARISONS = 3

_ABANDONED = re.compile(r"_rebuilt_[0-9a-f]{8}$")


class Rebuilder:
    """Rebuilds and compares the read models.

    mapper_of: builds the mapper that knows the registered topics.
    """

    def __init__(self, database: Database, *, sealing_key: bytes, mapper_of: MapperOf) -> None:
        self._database = database
        self._sealing_key = sealing_key
        self._mapper_of = mapper_of

    def ensure(self, *, progress: Progress = no_progress) -> bool:
        """Rebuild if a live read model is missing or of another version.

        Return whether it did. progress: in events.
        For `migrate`, which holds the lock of migrations.
        """
        with self._database.query() as connection:
            versions = live_versions(connection)
        if versions == VERSIONS:
            return False
        self._rebuild(progress)
        return True

    def rebuild(self, *, progress: Progress = no_progress) -> int:
        """Rebuild all read models and swap them in.

        Return the number of events. progress: in events.
        Raises: DatabaseBusy during another rebuild or a migration, whose tables this one would drop.
        """
        with self._database.lock_migrations():
            return self._rebuild(progress)

    def _rebuild(self, progress: Progress) -> int:
        with self._database.command() as connection:
            _drop_abandoned(connection)
            rebuild = _Rebuild(self._database, connection.dialect, self._folder)
            rebuild.create_tables(connection)
            position = last_position(connection)
        rebuild.add_all(until=position, progress=progress)
        rebuild.create_indexes()
        return rebuild.finish(rebuild.catch_up(position))

    def differences(self, *, progress: Progress = no_progress) -> list[Difference]:
        """Compare the live read models with the log, while commands go on.

        progress: in events.
        Raises: what reading the log raises; DatabaseBusy where rebuilds keep swapping the tables.
        """
        for _ in range(COMPARISONS):
            differences = self._compare_once(progress)
            if differences is not None:
                return differences
        raise DatabaseBusy("the read models are being rebuilt")

    def _compare_once(self, progress: Progress) -> list[Difference] | None:
        """Return the differences.

        None where a swap has hidden the live tables meanwhile.
        """
        with self._database.snapshot() as connection:
            comparison = Comparison(connection)
            until = last_position(connection)
            folded = 0
            for after in range(0, until, PAGE):
                folder = self._folder(connection)
                progress(after, until)
                comparison.add(folder.begun(after=after, last=after + PAGE, until=until))
                folded += folder.events
            progress(until, until)
            require_all(connection, folded=folded, until=until)
            differences = comparison.differences()
            return None if _were_swapped(connection) else differences

    def _folder(self, connection: Connection) -> LogFolder:
        return LogFolder(connection, sealing_key=self._sealing_key, mapper_of=self._mapper_of)


class _Rebuild:
    """One rebuild under way.

    It holds its counts in memory, and no ticket longer than a page.
    """

    def __init__(self, database: Database, dialect: Dialect, folder: Callable[[Connection], LogFolder]) -> None:
        self._database, self._folder = database, folder
        suffix = f"_rebuilt_{token_hex(4)}"
        self._models = [model(suffix) for model in MODELS]
        self._tables = BulkTables(self._models, dialect)
        self._counts = Counter[CountKey]()

    def create_tables(self, connection: Connection) -> None:
        """Create the tables, yet without indexes: filled tables are indexed faster."""
        for table in self._all_tables():
            connection.execute(CreateTable(table))

    def add_all(self, *, until: int, progress: Progress) -> None:
        """Store the tickets opened up to a position."""
        folded = 0
        for after in range(0, until, PAGE):
            progress(after, until)
            folded += self._add(after=after, until=until)
        progress(until, until)
        with self._database.query() as connection:
            require_all(connection, folded=folded, until=until)

    def _add(self, *, after: int, until: int) -> int:
        """Store the tickets opened in a page of the log.

        Return the number of their events.
        """
        with self._database.query() as connection:
            folder = self._folder(connection)
            tickets = folder.begun(after=after, last=min(after + PAGE, until), until=until)
        self._counts.update(count(tickets))
        encoded = self._tables.encoded(tickets)
        with self._database.command() as connection:
            self._tables.insert(connection, encoded)
            failpoint(Point.REBUILD_PAGE)
        sleep(PAUSE_SECONDS)
        return folder.events

    def create_indexes(self) -> None:
        """Create the indexes, each in a transaction of its own."""
        for index in [index for table in self._all_tables() for index in table.indexes]:
            with self._database.restoration() as connection:
                index.create(connection)
            sleep(PAUSE_SECONDS)

    def catch_up(self, position: int) -> int:
        """Store again the tickets that went on.

        Return the position where few events are left.
        """
        while True:
            with self._database.query() as connection:
                last = last_position(connection)
                if last - position <= LAST_EVENTS:
                    return position
                last = min(last, position + PAGE)
                tickets = self._folder(connection).changed(after=position, until=last)
            with self._database.command() as connection:
                self._replace(connection, tickets)
            position = last
            sleep(PAUSE_SECONDS)

    def _replace(self, connection: Connection, tickets: Sequence[TicketRows]) -> None:
        self._counts.subtract(self._tables.delete(connection, numbers_of(tickets)))
        self._counts.update(count(tickets))
        self._tables.insert(connection, self._tables.encoded(tickets))

    def finish(self, position: int) -> int:
        """Store the last tickets with writers locked out, then swap.

        Return the log's last position.
        """
        with self._database.command() as connection:
            last = lock_head(connection)
            self._replace(connection, self._folder(connection).changed(after=position, until=last))
            self._tables.insert_counts(connection, self._counts)
            for live, rebuilt in zip(LIVE, self._models, strict=True):
                _swap(connection, live, rebuilt)
                failpoint(Point.REBUILD_SWAP)
            forget_others(connection, set(VERSIONS))
        return last

    def _all_tables(self) -> list[Table]:
        return [table for model in self._models for table in tables_of(model)]


def _drop_abandoned(connection: Connection) -> None:
    for name in inspect(connection).get_table_names():
        if _ABANDONED.search(name):
            connection.execute(text(f'DROP TABLE "{name}"'))


def _swap(connection: Connection, live: ReadModel, rebuilt: ReadModel) -> None:
    for old, new in zip(tables_of(live), tables_of(rebuilt), strict=True):
        connection.execute(text(f"DROP TABLE IF EXISTS {old.name}"))
        connection.execute(text(f"ALTER TABLE {new.name} RENAME TO {old.name}"))
    record_version(connection, live.NAME, live.VERSION)


def _were_swapped(connection: Connection) -> bool:
    """Return whether a live table was swapped since the snapshot began.

    PostgreSQL finds a table by its current name, but its rows as of the snapshot: one swapped in since looks empty.
    The catalogue, read as a table, is as of the snapshot. SQLite's snapshots hold the names as well.
    """
    if connection.dialect.name != "postgresql":
        return False
    same_table = text("SELECT count(*) FROM pg_class WHERE oid = to_regclass(:name) AND relname = :name")
    names = [table.name for live in LIVE for table in tables_of(live)]
    return any(connection.execute(same_table, {"name": name}).scalar_one() == 0 for name in names)
