"""Import whole spreadsheets or nothing of them, and export them so that they can be imported again."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.accounts import lock_administrators
from izarlink_tickets.application.account_events import is_recorded, record_account_event
from izarlink_tickets.application.command_log import content_of
from izarlink_tickets.application.directory_commands import carry_out
from izarlink_tickets.application.spreadsheets import accounts, columns, organisations, services
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, escape_formula, read_csv
from izarlink_tickets.application.spreadsheets.import_plan import ImportContext, ImportRefused, ImportReport, Verdict
from izarlink_tickets.application.transaction import with_retries
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.database import Database
from izarlink_tickets.domain import access
from izarlink_tickets.domain.account import DirectoryExported
from izarlink_tickets.domain.vocabulary import Actor, CommandContext
from izarlink_tickets.i18n import SOURCE_LANGUAGE, speaking
from izarlink_tickets.i18n import gettext as _

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

    def __init__(self, database: Database, settings: Settings, keys: MasterKeys) -> None:
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

        def work(connection: Connection) -> str:
            # Whoever closes a customer, demotes an administrator or imports waits here for the others.
            lock_administrators(connection)
            report, wishes = kind.plan(connection, sheet)
            if report.is_refused:
                raise ImportRefused(report)
            kind.write(connection, context, wishes, self._means)
            return " ".join(str(report.count(verdict)) for verdict in _COUNTED)

        content = content_of(f"import_{kind.name}", None, (), sha256(data).hexdigest())
        done = carry_out(self._database, self._means.sealing_key, context, content=content, work=work)
        counts = dict(zip(_COUNTED, map(int, done.id.split()), strict=True))
        return ImportResult(counts, done.is_repeated)

    def export(self, context: CommandContext, kind: SpreadsheetKind, *, language: str = SOURCE_LANGUAGE) -> bytes:
        """Write all records of a kind; importing the file again changes nothing.

        The export is recorded before anybody gets the file.
        language: of headings, roles and states.
        Raises: NotAllowed.
        """
        access.require(allowed=access.keeps_directory(context.actor))
        with speaking(language):
            data = self._written(kind)

        def record() -> None:
            account_id = context.actor.account_id
            with self._database.command() as connection:
                # Once, where only the answer of its COMMIT was lost.
                if not is_recorded(connection, context, account_id=account_id):
                    record_account_event(connection, context, DirectoryExported, account_id=account_id, sheet=kind.name)

        with_retries(record)
        return data

    def _written(self, kind: SpreadsheetKind) -> bytes:
        written = io.StringIO(_EXPORT_START, newline="")
        written.seek(0, io.SEEK_END)
        writer = csv.writer(written, delimiter=_EXPORT_SEPARATOR)
        writer.writerow([_(column.heading) for column in kind.columns])
        with self._database.query() as connection:
            writer.writerows([escape_formula(cell) for cell in row] for row in kind.rows(connection))
        return written.getvalue().encode()
