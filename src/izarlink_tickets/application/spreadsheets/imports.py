"""The import of whole spreadsheets, and their export."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection

from izarlink_tickets.accounts import lock_administrators
from izarlink_tickets.application.account_events import record_directory_event
from izarlink_tickets.application.command_log import CommandLog
from izarlink_tickets.application.spreadsheets import accounts, columns, organisations, services
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, escape_formula, read_csv
from izarlink_tickets.application.spreadsheets.import_plan import (
    ImportContext,
    ImportRefused,
    ImportReport,
    PlannedChange,
    Verdict,
)
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Actor, CommandContext
from izarlink_tickets.i18n import SOURCE_LANGUAGE, use_language
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.progress import Progress, no_progress

# Excel recognises UTF-8 by this mark; French systems separate cells by semicolons.
_EXPORT_START, _EXPORT_SEPARATOR = "\ufeff", ";"

# Records stored between two reports of progress; a quarter of a second.
BATCH = 1000


@dataclass(frozen=True, slots=True)
class SpreadsheetKind:
    """One kind of spreadsheet: columns, and functions to plan, write, export."""

    name: str
    columns: Sequence[columns.SpreadsheetColumn]
    plan: Callable[[Connection, CsvFile], tuple[ImportReport, list[PlannedChange]]]
    write: Callable[[Connection, ImportContext, Sequence[PlannedChange]], None]
    rows: Callable[[Connection], Iterator[Sequence[str]]]


ORGANISATIONS = SpreadsheetKind(
    "organisations", columns.ORGANISATIONS, organisations.plan, organisations.write, organisations.rows
)
ACCOUNTS = SpreadsheetKind("accounts", columns.ACCOUNTS, accounts.plan, accounts.write, accounts.rows)
SERVICES = SpreadsheetKind("services", columns.SERVICES, services.plan, services.write, services.rows)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The numbers of created, changed and unchanged records. is_repeated: imported before."""

    created: int
    changed: int
    unchanged: int
    is_repeated: bool = False


class Spreadsheets:
    """The import and export of the directory as CSV files."""

    def __init__(self, log: CommandLog, database: Database, settings: Settings, keys: MasterKeys) -> None:
        self._log = log
        self._database = database
        self._settings = settings
        self._sealing_key = keys.sealing

    def check(self, actor: Actor, kind: SpreadsheetKind, data: bytes) -> ImportReport:
        """Plan an import line by line, without writing. Raises: NotAllowed, CsvFileRefused."""
        access.require(allowed=access.may_change_directory(actor))
        csv_file = read_csv(data, kind.columns)
        with self._database.query() as connection:
            return kind.plan(connection, csv_file)[0]

    def run(
        self, context: CommandContext, kind: SpreadsheetKind, data: bytes, *, progress: Progress = no_progress
    ) -> ImportResult:
        """Import the whole file in one transaction.

        progress: in records stored. Raises: NotAllowed, CsvFileRefused, ImportRefused, CommandAlreadyUsed.
        """
        access.require(allowed=access.may_change_directory(context.actor))
        csv_file = read_csv(data, kind.columns)
        settings = self._settings
        import_context = ImportContext(context, self._sealing_key, settings.default_locale, settings.default_timezone)

        def work(connection: Connection) -> str:
            # Imports, demotions and deactivations of customers wait here for each other.
            lock_administrators(connection)
            report, changes = kind.plan(connection, csv_file)
            if report.is_refused:
                raise ImportRefused(report)
            for first in range(0, len(changes), BATCH):
                kind.write(connection, import_context, changes[first : first + BATCH])
                progress(min(first + BATCH, len(changes)), len(changes))
            counts = (report.count(verdict) for verdict in (Verdict.CREATE, Verdict.CHANGE, Verdict.UNCHANGED))
            return " ".join(map(str, counts))

        result = self._log.run_on_record(context, f"import_{kind.name}", work, sha256(data).hexdigest())
        # The command log holds the counts as "created changed unchanged".
        created, changed, unchanged = map(int, result.id.split())
        return ImportResult(created, changed, unchanged, result.is_repeated)

    def export(self, context: CommandContext, kind: SpreadsheetKind, *, language: str = SOURCE_LANGUAGE) -> bytes:
        """Return all records of a kind as CSV.

        Importing them again changes nothing.
        The export is recorded before the file is returned.
        language: of headings, roles and states.
        Raises: NotAllowed.
        """
        access.require(allowed=access.may_change_directory(context.actor))
        with use_language(language):
            data = self._render(kind)

        def work(connection: Connection) -> str:
            record_directory_event(connection, context, DirectoryExported, sheet=kind.name)
            return kind.name

        self._log.run_on_record(context, f"export_{kind.name}", work)
        return data

    def _render(self, kind: SpreadsheetKind) -> bytes:
        output = io.StringIO(_EXPORT_START, newline="")
        output.seek(0, io.SEEK_END)
        writer = csv.writer(output, delimiter=_EXPORT_SEPARATOR)
        writer.writerow([_(column.heading) for column in kind.columns])
        with self._database.query() as connection:
            writer.writerows([escape_formula(cell) for cell in row] for row in kind.rows(connection))
        return output.getvalue().encode()
