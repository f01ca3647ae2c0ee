"""Rebuilding and comparing of the read models, from the log.

A rebuild works beside the live tables, in short transactions with commands between them, and swaps under the lock of
`log_head`. After a crash its tables stay, unread, until the next rebuild drops them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from secrets import token_hex
from time import sleep

from sqlalchemy import Connection, Table, func, inspect, select, text

from izarlink_tickets.database import Database, DatabaseBusy
from izarlink_tickets.event_store import Mapper, Recorded, last_position, lock_head, read, unseal
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.progress import Progress, no_progress
from izarlink_tickets.projections import LIVE, MODELS, VERSIONS, Entries
from izarlink_tickets.projections.read_model import ReadModel, tables_of
from izarlink_tickets.projections.versions import forget_others, live_versions, record_version
from izarlink_tickets.sealing import Keys

PAGE = 500  # events a transaction; measured as the fastest for reading the log
# On SQLite the writers of other processes poll for the lock. Without a pause between two pages they hardly ever got it:
# one waited for 2.3 of a rebuild's 3.2 seconds.
PAUSE_SECONDS = 0.005
# A rebuild takes as long as a comparison: a second swap during one is rare, a third means rebuilds in a loop.
COMPARISONS = 3

_ABANDONED = re.compile(r"_rebuilt_[0-9a-f]{8}$")


@dataclass(frozen=True, slots=True)
class Difference:
    """Numbers of rows that only one side of a table has."""

    table: str
    only_live: int
    only_rebuilt: int


class Rebuilder:
    """Rebuilds and compares the read models.

    mapper_of: builds the mapper that knows the registered topics.
    """

    def __init__(self, database: Database, *, sealing_key: bytes, mapper_of: Callable[[Keys], Mapper]) -> None:
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
        suffix = f"_rebuilt_{token_hex(4)}"
        fresh = [model(suffix) for model in MODELS]
        with self._database.command() as connection:
            _drop_abandoned(connection)
            _create(connection, fresh)
            last = last_position(connection)
        entries, position, total = Entries(), 0, 0
        while True:
            with self._database.command() as connection:
                page = self._fold(connection, fresh, entries, after=position)
                if len(page) < PAGE:
                    total += self._finish(connection, fresh, entries, page, after=position)
                    progress(total, total)
                    return total
            position, total = page[-1].position, total + len(page)
            progress(position, max(position, last))
            sleep(PAUSE_SECONDS)

    def differences(self, *, progress: Progress = no_progress) -> list[Difference]:
        """Compare the live read models with rebuilt ones, while commands go on.

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
            fresh = [model("_verified", is_temporary=True) for model in MODELS]
            _create(connection, fresh)
            entries, position, last = Entries(), 0, last_position(connection)
            while page := self._fold(connection, fresh, entries, after=position):
                position = page[-1].position
                progress(position, max(position, last))
            _finish_all(connection, fresh)
            pairs = zip(LIVE, fresh, strict=True)
            differences = [difference for pair in pairs for difference in _compare(connection, *pair)]
            return None if _were_swapped(connection) else differences

    def _fold(
        self, connection: Connection, models: Sequence[ReadModel], entries: Entries, *, after: int
    ) -> list[Recorded]:
        keys = Keys(connection, self._sealing_key)
        page = read(connection, self._mapper_of(keys), after=after, limit=PAGE)
        readable = (Recorded(recorded.position, unseal(recorded.event, keys)) for recorded in page)
        for projected in entries.of(readable):
            for model in models:
                model.apply(connection, projected)
        failpoint(Point.REBUILD_PAGE)
        return page

    def _finish(
        self,
        connection: Connection,
        fresh: Sequence[ReadModel],
        entries: Entries,
        page: list[Recorded],
        *,
        after: int,
    ) -> int:
        """Apply the last events with writers locked out, then swap."""
        position, total = page[-1].position if page else after, len(page)
        lock_head(connection)
        while page := self._fold(connection, fresh, entries, after=position):
            position, total = page[-1].position, total + len(page)
        _finish_all(connection, fresh)
        for live, rebuilt in zip(LIVE, fresh, strict=True):
            _swap(connection, live, rebuilt)
            failpoint(Point.REBUILD_SWAP)
        forget_others(connection, set(VERSIONS))
        return total


def _create(connection: Connection, models: Sequence[ReadModel]) -> None:
    for model in models:
        model.metadata.create_all(connection, checkfirst=False)


def _finish_all(connection: Connection, models: Sequence[ReadModel]) -> None:
    for model in models:
        model.finish(connection)


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


def _compare(connection: Connection, live: ReadModel, rebuilt: ReadModel) -> Iterator[Difference]:
    for live_table, rebuilt_table in zip(tables_of(live), tables_of(rebuilt), strict=True):
        only_live = _count_missing(connection, live_table, rebuilt_table)
        only_rebuilt = _count_missing(connection, rebuilt_table, live_table)
        if only_live or only_rebuilt:
            yield Difference(live_table.name, only_live, only_rebuilt)


def _count_missing(connection: Connection, table: Table, other: Table) -> int:
    """Count the rows of a table that the other lacks."""
    missing = select(*table.c).except_(select(*other.c)).subquery()
    return connection.execute(select(func.count()).select_from(missing)).scalar_one()
