"""All checks in their order, each isolated from the others' crashes."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, text

from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.database.failures import translated_failures
from izarlink_tickets.event_store import Mapper
from izarlink_tickets.progress import Steps, no_steps
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.comparing import Difference
from izarlink_tickets.projections.read_model import tables_of
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.sealing import Keys
from izarlink_tickets.verify import log_scan, sql_checks
from izarlink_tickets.verify.account_history import AccountHistory
from izarlink_tickets.verify.files import FileCheck
from izarlink_tickets.verify.findings import EXAMPLES, Finding, FindingBuilder, FindingStatus, crash_finding
from izarlink_tickets.verify.outbox_check import OutboxCheck
from izarlink_tickets.verify.snapshots import SnapshotAfter, snapshots_finding

# The database or disk failed, not the data: the verification is inconclusive.
_INCONCLUSIVE = (DatabaseBusy, DatabaseUnreachable, StorageFull)
Check = Callable[[], Iterator[Finding]]


class Verifier:
    """All checks.

    mapper_of: builds the mapper of the registered topics. snapshot_after: folds a ticket's events.
    """

    def __init__(
        self,
        database: Database,
        store: FolderStore,
        read_models: Rebuilder,
        *,
        sealing_key: SealingKey,
        mapper_of: Callable[[Keys], Mapper],
        snapshot_after: SnapshotAfter,
    ) -> None:
        self._database, self._store, self._read_models = database, store, read_models
        self._sealing_key, self._mapper_of, self._snapshot_after = sealing_key, mapper_of, snapshot_after

    def findings(self, *, now: datetime, steps: Steps = no_steps) -> Iterator[Finding]:
        """Run all checks, and yield each finding at once.

        now: aware UTC. steps: called with the name of each long step.
        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull: the verification is inconclusive.
        """
        with self._read_models.comparison() as differences:
            with self._database.snapshot() as connection:
                for names, check in self._checks(connection, now, steps):
                    yield from _run(connection, names, check)
            progress = steps("comparing the read models")
            yield _read_models_finding(lambda: differences(progress))
        yield Finding("ledger", FindingStatus.ABSENT, remark="this release keeps none")

    def _checks(self, connection: Connection, now: datetime, steps: Steps) -> Iterator[tuple[tuple[str, ...], Check]]:
        keys = Keys(connection, self._sealing_key)
        if connection.dialect.name == "sqlite":
            yield ("database",), lambda: iter([_sqlite(connection)])
        yield ("positions",), lambda: iter([sql_checks.positions_finding(connection)])
        yield ("keys",), lambda: iter([sql_checks.keys_finding(connection, self._sealing_key)])
        yield ("factors",), lambda: iter([sql_checks.factors_finding(connection, keys)])
        history: list[AccountHistory] = []

        def whole_log() -> Iterator[Finding]:
            history.append(AccountHistory(connection))
            scan = log_scan.LogScan(connection, self._mapper_of(keys), keys, history[0])
            return scan.findings(progress=steps("reading the log"))

        yield log_scan.CHECKS, whole_log
        yield (
            ("snapshots",),
            lambda: iter([snapshots_finding(connection, self._mapper_of(keys), self._snapshot_after)]),
        )
        yield ("commands",), lambda: iter([sql_checks.commands_finding(connection)])
        yield ("mails",), lambda: iter([OutboxCheck(connection, history[0]).finding()])
        yield (
            ("files",),
            lambda: iter([FileCheck(connection, self._store, keys, now).finding(progress=steps("opening the files"))]),
        )
        yield ("sign-ins",), lambda: iter([sql_checks.sign_ins_finding(connection)])


def _read_models_finding(compare: Callable[[], list[Difference]]) -> Finding:
    builder = FindingBuilder("read models", "tables compared with the log")
    builder.count = sum(len(tables_of(live)) for live in LIVE)
    try:
        for difference in compare():
            surplus, missing = difference.only_live, difference.only_rebuilt
            builder.breach(f"{difference.table} has {surplus} rows too many and lacks {missing}")
    except _INCONCLUSIVE:
        raise
    except Exception as error:  # noqa: BLE001 - a log that can't be read is a finding
        return crash_finding("read models", error)
    return builder.build()


def _run(connection: Connection, names: tuple[str, ...], check: Check) -> list[Finding]:
    """Run a check in a savepoint, which PostgreSQL needs after failures."""
    try:
        with translated_failures(), connection.begin_nested():
            return list(check())
    except _INCONCLUSIVE:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the data contains, the other checks must run
        return [crash_finding(name, error) for name in names]


def _sqlite(connection: Connection) -> Finding:
    """Run SQLite's own checks of pages, indices and constraints."""
    builder = FindingBuilder("database", "file checked by SQLite")
    builder.count = 1
    for line in connection.execute(text(f"PRAGMA integrity_check({EXAMPLES})")).scalars():
        if line != "ok":
            builder.breach(" ".join(str(line).split()))
    for table, *_ in connection.execute(text("PRAGMA foreign_key_check")):
        builder.breach(f"a row of {table} refers to a missing row")
    return builder.build()
