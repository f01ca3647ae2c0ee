"""Rebuilding and comparing of the read models, from the log.

A rebuild works beside the live tables: it folds range after range of the log into its own, in short transactions with
commands between them, folds again the tickets that went on meanwhile, and swaps under the lock of `log_head`. After a
crash its tables stay, unread, until the next rebuild drops them.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from secrets import token_hex
from time import perf_counter, sleep

from sqlalchemy import Connection, Table, func, inspect, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.schema import CreateTable

from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database, DatabaseBusy
from izarlink_tickets.event_store import events, last_position, lock_head
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.processes import meanwhile, processes, results_of
from izarlink_tickets.progress import Progress, no_progress
from izarlink_tickets.projections import LIVE, MODELS, VERSIONS
from izarlink_tickets.projections.bulk import BulkTables, LogFolder, MapperOf, count, numbers_of, require_all
from izarlink_tickets.projections.comparing import Comparison, Difference
from izarlink_tickets.projections.dropping import drop_in_steps
from izarlink_tickets.projections.read_model import ReadModel, TicketRows, tables_of
from izarlink_tickets.projections.ticket_count_table import Counts, count_rows, storage_rows
from izarlink_tickets.projections.versions import forget_others, live_versions, record_version

# Positions of the log a transaction: about 180 tickets.
PAGE = 1000
# Events that the last step folds while writers wait.
LAST_EVENTS = 50
# Counts stored in a transaction; there are some for each requester, so that all of them would hold writers up.
COUNTS = 1_000
# From here on, processes of their own save more time than they take to start.
EVENTS_FOR_PROCESSES = 30_000
# On SQLite the writers of other processes poll for the lock. Without a pause between two pages they hardly ever got it:
# one waited for 2.3 of a rebuild's 3.2 seconds.
PAUSE_SECONDS = 0.005
# A rebuild takes as long as a comparison: a second swap during one is rare, a third means rebuilds in a loop.
COMPARISONS = 3

# The time of a rebuild for that of folding alone: rows and indexes are stored as well. An estimate.
_WHOLE_PER_FOLDING = 1.5

_ABANDONED = re.compile(r"_(?:rebuilt|replaced)_[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class RebuildEstimate:
    """The length of a rebuild. events: of the log, about."""

    events: int
    seconds: float


class Rebuilder:
    """Rebuilds and compares the read models.

    mapper_of: builds the mapper that knows the registered topics.
    """

    def __init__(self, database: Database, *, sealing_key: SealingKey, mapper_of: MapperOf) -> None:
        self._database = database
        self._source = _Source(database, sealing_key, mapper_of)

    def ensure(
        self, *, progress: Progress = no_progress, announce: Callable[[RebuildEstimate], None] = lambda _: None
    ) -> bool:
        """Rebuild if a live read model is missing or of another version.

        Return whether it did. progress: in events. announce: called before, with the time that it will take.
        For `migrate`, which holds the lock of migrations.
        """
        with self._database.query() as connection:
            versions = live_versions(connection)
        if versions == VERSIONS:
            return False
        announce(self._estimate())
        self._rebuild(progress)
        return True

    def rebuild(self, *, progress: Progress = no_progress) -> int:
        """Rebuild all read models and swap them in.

        Return the number of events. progress: in events.
        Raises: DatabaseBusy during another rebuild or a migration, whose tables this one would drop.
        """
        with self._database.lock_migrations():
            return self._rebuild(progress)

    def _estimate(self) -> RebuildEstimate:
        """Measure how long a page from the middle of the log takes."""
        with self._database.query() as connection:
            last = last_position(connection)
            folder, began = self._source.folder(connection), perf_counter()
            folder.begun(after=last // 2, last=last // 2 + PAGE, until=last)
        seconds = (perf_counter() - began) / max(folder.events, 1) * last * _WHOLE_PER_FOLDING
        return RebuildEstimate(last, seconds / (processes() if last >= EVENTS_FOR_PROCESSES else 1))

    def _rebuild(self, progress: Progress) -> int:
        _drop_abandoned(self._database)
        rebuild = _Rebuild(self._source, suffix=token_hex(4))
        with self._database.command() as connection:
            rebuild.create_tables(connection)
            position = last_position(connection)
        rebuild.add_all(until=position, progress=progress)
        rebuild.create_indexes()
        rebuild.store_counts()
        last = rebuild.finish(rebuild.catch_up(position))
        _drop_abandoned(self._database)
        return last

    def differences(self, *, progress: Progress = no_progress) -> list[Difference]:
        """Compare the live read models with the log, while commands go on.

        progress: in events.
        Raises: what reading the log raises; DatabaseBusy where rebuilds keep swapping the tables.
        """
        return self._source.differences(progress)

    @contextmanager
    def comparison(self) -> Iterator[Callable[[Progress], list[Difference]]]:
        """Compare the read models beside the work of the block.

        The block gets a function that waits for the differences, and raises as `differences`. A long log is compared
        in a process of its own; a short one, with progress, when the function is called.
        """
        if processes() == 1 or not self._has_long_log():
            yield self._source.differences
            return
        with meanwhile(_differences_of, self._source) as differences:
            yield lambda _progress: differences()

    def _has_long_log(self) -> bool:
        """Return whether processes are worth their start.

        False where the log is damaged: the comparison reports it.
        """
        with self._database.query() as connection:
            try:
                # Not by the head, which may be damaged.
                last = connection.execute(select(func.max(events.c.position))).scalar()
            except DatabaseError:
                return False
        return (last or 0) >= EVENTS_FOR_PROCESSES


@dataclass(frozen=True, slots=True)
class _Source:
    """The log of a database, and what it takes to read it.

    Another process may get it.
    """

    database: Database
    sealing_key: SealingKey
    mapper_of: MapperOf

    def folder(self, connection: Connection) -> LogFolder:
        return LogFolder(connection, sealing_key=self.sealing_key, mapper_of=self.mapper_of)

    def differences(self, progress: Progress = no_progress) -> list[Difference]:
        for _ in range(COMPARISONS):
            differences = self._compare_once(progress)
            if differences is not None:
                return differences
        raise DatabaseBusy("the read models are being rebuilt")

    def _compare_once(self, progress: Progress) -> list[Difference] | None:
        """Return the differences.

        None where a swap has hidden the live tables meanwhile.
        """
        with self.database.snapshot() as connection:
            comparison, folder = Comparison(connection), self.folder(connection)
            until = last_position(connection)
            for after in range(0, until, PAGE):
                progress(after, until)
                comparison.add(folder.begun(after=after, last=after + PAGE, until=until))
            progress(until, until)
            require_all(connection, folded=folder.events, until=until)
            differences = comparison.differences()
            return None if _were_swapped(connection) else differences


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the log that was folded and stored."""

    events: int
    counts: Counts


class _Rebuild:
    """One rebuild under way, or the part of it in one process.

    It holds its counts in memory, and no ticket longer than a page. suffix: of its tables.
    """

    def __init__(self, source: _Source, *, suffix: str) -> None:
        self._database, self._source, self._suffix = source.database, source, suffix
        self._models = [model(f"_rebuilt_{suffix}") for model in MODELS]
        with self._database.query() as connection:
            self._tables = BulkTables(self._models, connection.dialect)
        self._counts: Counts = Counter()
        self._stored_counts: Counts = Counter()

    def create_tables(self, connection: Connection) -> None:
        """Create the tables, yet without indexes: filled tables are indexed faster."""
        for table in self._all_tables():
            connection.execute(CreateTable(table))

    def add_all(self, *, until: int, progress: Progress) -> None:
        """Store the tickets opened up to a position."""
        folded = 0
        for done, page in enumerate(self._pages(until), start=1):
            folded += page.events
            self._counts.update(page.counts)
            progress(min(done * PAGE, until), until)
        with self._database.query() as connection:
            require_all(connection, folded=folded, until=until)

    def _pages(self, until: int) -> Iterator[_Page]:
        if until < EVENTS_FOR_PROCESSES or processes() == 1:
            return self.add(range(0, until, PAGE), size=PAGE, until=until)
        starts = [range(nth * PAGE, until, processes() * PAGE) for nth in range(processes())]
        return results_of(_add_pages, [(self._source, self._suffix, each, PAGE, until) for each in starts])

    def add(self, starts: Iterable[int], *, size: int, until: int) -> Iterator[_Page]:
        """Store the tickets opened in some pages of the log."""
        with self._database.query() as reads:
            folder = self._source.folder(reads)
            for after in starts:
                folded = folder.events
                tickets = folder.begun(after=after, last=min(after + size, until), until=until)
                encoded = self._tables.encoded(tickets)
                with self._database.command() as connection:
                    self._tables.insert(connection, encoded)
                    failpoint(Point.REBUILD_PAGE)
                yield _Page(folder.events - folded, count(tickets))
                sleep(PAUSE_SECONDS)

    def create_indexes(self) -> None:
        """Create the indexes, each in a transaction of its own."""
        for index in [index for table in self._all_tables() for index in table.indexes]:
            with self._database.restoration() as connection:
                index.create(connection)
            sleep(PAUSE_SECONDS)

    def store_counts(self) -> None:
        """Store the counts so far; the last step adds later changes."""
        for table, rows_of in ((self._tables.counts, count_rows), (self._tables.storage, storage_rows)):
            rows = rows_of(self._counts)
            for start in range(0, len(rows), COUNTS):
                with self._database.command() as connection:
                    table.insert(connection, rows[start : start + COUNTS])
                sleep(PAUSE_SECONDS)
        self._stored_counts = self._counts.copy()

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
                tickets = self._source.folder(connection).changed(after=position, until=last)
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
            self._replace(connection, self._source.folder(connection).changed(after=position, until=last))
            self._tables.add_to_counts(connection, self._changed_counts())
            existing = frozenset(inspect(connection).get_table_names())
            for live, rebuilt in zip(LIVE, self._models, strict=True):
                _swap(connection, live, rebuilt, existing=existing)
                failpoint(Point.REBUILD_SWAP)
            forget_others(connection, set(VERSIONS))
        return last

    def _changed_counts(self) -> Counts:
        """Return what changed since the counts were stored."""
        changed = self._counts.copy()
        changed.subtract(self._stored_counts)
        return Counter({key: difference for key, difference in changed.items() if difference})

    def _all_tables(self) -> list[Table]:
        return [table for model in self._models for table in tables_of(model)]


def _add_pages(source: _Source, suffix: str, starts: range, size: int, until: int) -> Iterator[_Page]:
    """Store some pages in a process of its own."""
    with closing(source.database):
        yield from _Rebuild(source, suffix=suffix).add(starts, size=size, until=until)


def _differences_of(source: _Source) -> Iterator[list[Difference]]:
    """Compare the read models in a process of its own."""
    with closing(source.database):
        yield source.differences()


def _drop_abandoned(database: Database) -> None:
    """Drop the tables of earlier rebuilds, each in short transactions."""
    with database.query() as connection:
        names = [name for name in inspect(connection).get_table_names() if _ABANDONED.search(name)]
    for name in names:
        drop_in_steps(database, name)


def _swap(connection: Connection, live: ReadModel, rebuilt: ReadModel, *, existing: Collection[str]) -> None:
    """Put the rebuilt tables in place of the existing ones.

    Those stay, to be dropped later: on SQLite that takes long.
    """
    for old, new in zip(tables_of(live), tables_of(rebuilt), strict=True):
        if old.name in existing:
            connection.execute(text(f"ALTER TABLE {old.name} RENAME TO {new.name.replace('_rebuilt_', '_replaced_')}"))
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
