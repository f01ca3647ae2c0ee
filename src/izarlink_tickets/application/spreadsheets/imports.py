"""Import whole spreadsheets or nothing of them, and export them so that they can be imported again."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.accounts import lock_administrators
from izarlink_tickets.application.account_events import record_account_event
from izarlink_tickets.application.command_log import CommandLog, content_of
from izarlink_tickets.application.spreadsheets import accounts, columns, organisations, services
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, escape_formula, read_csv
from izarlink_tickets.application.spreadsheets.import_plan import ImportContext, ImportRefused, ImportReport, Verdict
from izarlink_tickets.application.transaction import CommandResult, Transaction
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Actor, CommandContext

# Excel reads UTF-8 where it begins with this, and the separator of French systems.
_EXPORT_START, _EXPORT_SEPARATOR = "\ufeff", ";"
_COUNTED = (Verdict.CREATE, Verdict.CHANGE, Verdict.UNCHANGED)


@dataclass(frozen=True, slots=True)
class SpreadsheetKind:
    """A spreadsheet of the directory: its columns, what a file of it would do, how that is written, what it exports."""

    name: str
    columns: Sequence[columns.SpreadsheetColumn]
    plan: Callable[[Connection, CsvFile], tuple[ImportReport, list[Any]]]
    write: Callable[[Connection, CommandContext, Sequence[Any], ImportContext], None]
    rows: Callable[[Connection], Iterator[Sequence[str]]]


ORGANISATIONS = SpreadsheetKind(
    "organisations", columns.ORGANISATIONS, organisations.plan, organisations.write, organisations.rows
)
ACCOUNTS = SpreadsheetKind("accounts", columns.ACCOUNTS, accounts.plan, accounts.write, accounts.rows)
SERVICES = SpreadsheetKind("services", columns.SERVICES, services.plan, services.write, services.rows)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """How many lines created, changed and left as it was what they are about. is_repeated: done before."""

    counts: Mapping[Verdict, int]
    is_repeated: bool


class Spreadsheets:
    """The directory as CSV files, in and out."""

    def __init__(self, log: CommandLog, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._log = log
        self._database = database
        self._means = ImportContext(keys.sealing, settings.default_locale, settings.default_timezone)

    def check(self, actor: Actor, kind: SpreadsheetKind, data: bytes) -> ImportReport:
        """Say line by line what an import would do, and do nothing. Raises: NotAllowed, SheetRefused."""
        access.require(allowed=access.keeps_directory(actor))
        sheet = read_csv(data, kind.columns)
        with self._database.query() as connection:
            return kind.plan(connection, sheet)[0]

    def run(self, context: CommandContext, kind: SpreadsheetKind, data: bytes) -> ImportResult:
        """Import the file whole, in one transaction.

        Raises: NotAllowed, SheetRefused, ImportRefused, CommandAlreadyUsed.
        """
        access.require(allowed=access.keeps_directory(context.actor))
        sheet = read_csv(data, kind.columns)

        def work(transaction: Transaction) -> CommandResult:
            connection = transaction.connection
            # Whoever closes a customer, demotes an administrator or imports waits here for the others.
            lock_administrators(connection)
            report, wishes = kind.plan(connection, sheet)
            if report.is_refused:
                raise ImportRefused(report)
            kind.write(connection, context, wishes, self._means)
            return CommandResult(id=" ".join(str(report.count(verdict)) for verdict in _COUNTED))

        content = content_of(f"import_{kind.name}", None, (), sha256(data).hexdigest())
        result = self._log.run(context, content, work)
        counts = dict(zip(_COUNTED, map(int, result.id.split()), strict=True))
        return ImportResult(counts, result.is_repeated)

    def export(self, context: CommandContext, kind: SpreadsheetKind) -> bytes:
        """Write all records of a kind; importing the file again changes nothing.

        That they were taken away is recorded before anybody has them. Raises: NotAllowed.
        """
        access.require(allowed=access.keeps_directory(context.actor))
        data = self._written(kind)

        def work(transaction: Transaction) -> CommandResult:
            account_id = context.actor.account_id
            record_account_event(
                transaction.connection, context, DirectoryExported, account_id=account_id, sheet=kind.name
            )
            return CommandResult(id=kind.name)

        self._log.run(context, content_of(f"export_{kind.name}", None, ()), work)
        return data

    def _written(self, kind: SpreadsheetKind) -> bytes:
        written = io.StringIO(_EXPORT_START, newline="")
        written.seek(0, io.SEEK_END)
        writer = csv.writer(written, delimiter=_EXPORT_SEPARATOR)
        writer.writerow([column.heading for column in kind.columns])
        with self._database.query() as connection:
            writer.writerows([escape_formula(cell) for cell in row] for row in kind.rows(connection))
        return written.getvalue().encode()
