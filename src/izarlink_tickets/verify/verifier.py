"""Ask every question in its turn; one that damaged data brings down doesn't keep the others from being asked."""

from collections.abc import Callable, Iterator
from datetime import datetime

from sqlalchemy import Connection, text

from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.database import Database, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.database.failures import translated_failures
from izarlink_tickets.event_store import Mapper
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.read_model import tables_of
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.sealing import Keys
from izarlink_tickets.verify import accounts, log_scan
from izarlink_tickets.verify.account_history import AccountHistory
from izarlink_tickets.verify.commands import compare_commands
from izarlink_tickets.verify.files import FileCheck
from izarlink_tickets.verify.findings import EXAMPLES, Finding, FindingStatus, Tally, stopped
from izarlink_tickets.verify.outbox_check import OutboxCheck
from izarlink_tickets.verify.positions import positions

# The world outside failed, not the data: nothing can be said.
_OUTSIDE = (DatabaseBusy, DatabaseUnreachable, StorageFull)
Question = Callable[[], Iterator[Finding]]


class Verifier:
    """All checks. `mapper_of`: makes the mapper that knows the registered topics."""

    def __init__(
        self,
        database: Database,
        store: FolderStore,
        read_models: Rebuilder,
        *,
        sealing_key: bytes,
        mapper_of: Callable[[Keys], Mapper],
    ) -> None:
        self._database, self._store, self._read_models = database, store, read_models
        self._sealing_key, self._mapper_of = sealing_key, mapper_of

    def findings(self, *, now: datetime) -> Iterator[Finding]:
        """Check everything, each finding as soon as it is made. now: aware UTC.

        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull: then it couldn't be checked.
        """
        with self._database.snapshot() as connection:
            for checks, question in self._questions(connection, now):
                yield from _asked(connection, checks, question)
        yield from self._compare_read_models()
        yield Finding("ledger", FindingStatus.ABSENT, remark="this release keeps none")

    def _questions(self, connection: Connection, now: datetime) -> Iterator[tuple[tuple[str, ...], Question]]:
        keys = Keys(connection, self._sealing_key)
        if connection.dialect.name == "sqlite":
            yield ("database",), lambda: iter([_sqlite(connection)])
        yield ("positions",), lambda: iter([positions(connection)])
        yield ("keys",), lambda: iter([accounts.keys(connection, self._sealing_key)])
        people: list[AccountHistory] = []

        def whole_log() -> Iterator[Finding]:
            people.append(AccountHistory(connection))
            return log_scan.LogScan(connection, self._mapper_of(keys), keys, people[0]).findings()

        yield log_scan.CHECKS, whole_log
        yield ("commands",), lambda: iter([compare_commands(connection)])
        yield ("mails",), lambda: iter([OutboxCheck(connection, people[0]).finding()])
        yield ("files",), lambda: iter([FileCheck(connection, self._store, keys, now).finding()])
        yield ("sign-ins",), lambda: iter([accounts.sign_ins(connection)])

    def _compare_read_models(self) -> Iterator[Finding]:
        tally = Tally("read models", "tables compared with the log")
        tally.count = sum(len(tables_of(live)) for live in LIVE)
        try:
            differences = self._read_models.differences()
        except _OUTSIDE:
            raise
        except Exception as error:  # noqa: BLE001 - a log that can't be read is a finding
            yield stopped("read models", error)
            return
        for one in differences:
            tally.breach(f"{one.table} has {one.only_live} rows too many and lacks {one.only_rebuilt}")
        yield tally.finding()


def _asked(connection: Connection, checks: tuple[str, ...], question: Question) -> list[Finding]:
    """Put one question. A savepoint, because PostgreSQL refuses everything after a statement that failed."""
    try:
        with translated_failures(), connection.begin_nested():
            return list(question())
    except _OUTSIDE:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the data holds, the other questions must be asked
        return [stopped(check, error) for check in checks]


def _sqlite(connection: Connection) -> Finding:
    """Have SQLite look at its own file: pages, indices, constraints."""
    tally = Tally("database", "file looked through by SQLite")
    tally.count = 1
    for line in connection.execute(text(f"PRAGMA integrity_check({EXAMPLES})")).scalars():
        if line != "ok":
            tally.breach(" ".join(str(line).split()))
    for table, *_ in connection.execute(text("PRAGMA foreign_key_check")):
        tally.breach(f"a row of {table} refers to one that isn't there")
    return tally.finding()
