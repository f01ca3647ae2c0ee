"""The English of every refusal: one sentence, without a secret and without a traceback."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from izarlink_tickets import accounts, directory
from izarlink_tickets.application.accounts import UnknownAccount
from izarlink_tickets.application.operations.demo_mark import DatabaseNotEmpty
from izarlink_tickets.application.operations.restore import TargetNotEmpty
from izarlink_tickets.application.operations.schema import SchemaIsNewer, SchemaIsOlder
from izarlink_tickets.application.spreadsheets import ImportRefused, Verdict, import_errors
from izarlink_tickets.backup import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    ErasuresUnreadable,
    NotABackup,
    RowUnreadable,
)
from izarlink_tickets.cli.failures import AddressTaken, ChoiceNeeded, ClockImplausible, NotAtTheDesk, ServerFailed
from izarlink_tickets.cli.output import moment
from izarlink_tickets.config import SettingsError
from izarlink_tickets.database import (
    CommitUnknown,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
    UnsupportedDatabase,
)
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.event_store import EventUnreadable, UnknownTopic
from izarlink_tickets.mailer import NotDelivered, UnfitMail
from izarlink_tickets.projections import ReadModelsOutdated
from izarlink_tickets.sealing import SealBroken, WrongSealingKey

_SENTENCES: Mapping[type[Exception], str | Callable[[Any], str]] = {
    # the installation
    SettingsError: str,
    SchemaIsOlder: lambda fault: (
        f"The database is at step {fault.stored or 'none'} and this program needs {fault.known}; "
        "run `izarlink-tickets migrate`."
    ),
    SchemaIsNewer: lambda fault: (
        f"The database is at step {fault.stored} and this program knows only up to {fault.known}: it is too old for it."
    ),
    ReadModelsOutdated: "The read models have another shape; run `izarlink-tickets migrate`.",
    WrongSealingKey: "IZARLINK_SEALING_KEY is not the key that this database was sealed with.",
    ClockImplausible: "The clock of this machine is wrong; set it first.",
    AddressTaken: lambda failure: f"Can't listen on {_one_line(failure)}.",
    ServerFailed: "The server ended by itself; its log says why.",
    DatabaseNotEmpty: "The demo is loaded into an empty database only, and this one holds something.",
    # backups
    NotABackup: "That is no backup of this program.",
    BackupDamaged: lambda fault: f"The backup is damaged: {fault.part} {fault.what}.",
    BackupIsNewer: lambda fault: f"The backup is of a later release ({fault.what}); restore it with that one.",
    AttachmentsMissing: lambda fault: (
        f"{fault.count} attachments of the backup are missing or damaged, {fault.first} first; name their folder with "
        "--files, or restore without them by --accept-losses."
    ),
    RowUnreadable: lambda fault: f"A row of {fault.table} holds what it can't hold; look with `verify`.",
    ErasuresUnreadable: lambda fault: f"Line {fault.line} of {fault.path} is no account id.",
    TargetNotEmpty: "This database holds something; a backup is restored into an empty one only.",
    # the database
    DatabaseBusy: "The database is busy; nothing was stored, try again.",
    DatabaseUnreachable: lambda error: f"The database can't be reached: {_one_line(error)}",
    StorageFull: "The disk is full; nothing was stored.",
    CommitUnknown: "The connection was lost while storing: look whether it is done before you repeat it.",
    UnsupportedDatabase: lambda error: f"{_one_line(error)}.",
    DBAPIError: lambda error: f"The database refused: {_one_line(error.orig)}",
    SealBroken: "A sealed text doesn't open: it was altered, or moved from its place.",
    UnknownTopic: lambda fault: f"{_event(fault)} is of a kind that this program doesn't know: {fault.topic}.",
    EventUnreadable: lambda fault: f"{_event(fault)} can't be read: {fault.topic}.",
    # who and what
    UnicodeEncodeError: "A name or a value has bytes that are no text.",
    NotAtTheDesk: lambda failure: (
        f"{failure.option} must be the address of an active support or administrator account."
    ),
    UnknownAccount: "No account has that address.",
    accounts.EmailTaken: "Another account has that address.",
    accounts.InvalidEmail: "That is no mail address.",
    accounts.OrganisationMissing: "A customer belongs to an organisation: name it with --organisation.",
    accounts.OrganisationNotAllowed: "Only customer and company accounts belong to an organisation.",
    directory.UnknownOrganisation: "No organisation has that name.",
    directory.OrganisationInactive: "That organisation is disabled: enable it first.",
    directory.UnknownService: "No service has that reference.",
    errors.OwnAccount: "Nobody disables the own account.",
    errors.LastAdministrator: "That is the last active administrator: appoint another one before.",
    errors.CategoryNotActive: "That category is no longer given to tickets.",
    accounts.PasswordAlreadyChosen: "That person has chosen a password; use reset-password.",
    directory.NameTaken: "Another organisation has that name.",
    directory.UnknownCategory: "No category has that code.",
    directory.ReferenceTaken: "Another service has that reference.",
    directory.InvalidReference: "A reference is letters and digits in groups, as in FTTO-00417.",
    # spreadsheets
    import_errors.CsvFileEmpty: "The file is empty.",
    import_errors.CsvFileNotText: "That is no CSV file.",
    import_errors.CsvFileTooLarge: lambda fault: f"The file has {fault.size} bytes, and may have {fault.maximum}.",
    import_errors.TooManyLines: lambda fault: f"The file has more than {fault.maximum} lines.",
    import_errors.UnknownColumns: lambda fault: (
        f"Unknown columns: {', '.join(fault.names)}; there are {', '.join(fault.known)}."
    ),
    import_errors.MissingColumns: lambda fault: f"Columns are missing: {', '.join(fault.names)}.",
    import_errors.DuplicateColumns: lambda fault: f"Columns are there twice: {', '.join(fault.names)}.",
    import_errors.NotDecodable: "It has signs in another encoding than the rest of the file.",
    import_errors.BadQuotes: "A quotation mark is opened and never closed, or followed by text.",
    import_errors.WrongWidth: lambda fault: f"It has {fault.found} cells instead of {fault.expected}.",
    import_errors.DuplicateLine: lambda fault: f"Line {fault.first} is about the same.",
    import_errors.UnknownRole: "That is no role.",
    import_errors.UnknownState: "That is no state.",
    import_errors.StateNotImported: "A file enables and disables nothing.",
    import_errors.ServiceOfAnother: "The service is another organisation's.",
    ImportRefused: lambda refusal: (
        f"{refusal.report.count(Verdict.REFUSED)} lines are refused, so that nothing is imported."
    ),
    # mails
    NotDelivered: lambda failure: f"Not sent: {_one_line(failure.answer)}.",
    ChoiceNeeded: lambda needed: (
        f"{needed.count} mails wait, written from {moment(needed.oldest)} to {moment(needed.held_since)}, and some may "
        "have been sent since: say `mail enable --send` or `mail enable --drop`."
    ),
    UnfitMail: "That is no mail address.",
    # tickets
    errors.TicketNotFound: lambda refusal: f"There is no ticket {refusal.number}.",
    errors.WrongState: lambda refusal: f"That isn't possible while the ticket is {refusal.state.value}.",
    errors.NothingChanges: "That would change nothing.",
    errors.TextMissing: lambda refusal: f"The {refusal.field} is empty.",
    errors.TextTooShort: lambda refusal: f"The {refusal.field} needs {refusal.minimum} characters at least.",
    errors.TextTooLong: lambda refusal: (
        f"The {refusal.field} may have {refusal.maximum} characters, and has {refusal.length}."
    ),
    Refusal: lambda refusal: f"Refused: {_words_of(type(refusal))}.",
}


def sentence_of(error: Exception) -> str | None:
    """Say what is wrong; None for what nobody expected."""
    found = next((_SENTENCES[kind] for kind in type(error).__mro__ if kind in _SENTENCES), None)
    if found is None:
        return _sentence_of_system(error) if isinstance(error, OSError) else None
    return found if isinstance(found, str) else found(error)


def _sentence_of_system(error: OSError) -> str:
    reason = error.strerror or _one_line(error)
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _words_of(kind: type[Exception]) -> str:
    """Read the name of a refusal, which says what is wrong: SolutionHasChanged, solution has changed."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind.__name__).lower()


def _event(fault: EventUnreadable) -> str:
    return f"Event {fault.version} of stream {fault.stream_id}"


def _one_line(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".")
