"""English sentences for everything that can end a command.

Here: what the installation itself refuses. The refusals of the portal have theirs in `refusal_messages`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import DBAPIError

from izarlink_tickets import accounts, backup, refusal_messages
from izarlink_tickets.application.operations.demo_mark import DatabaseNotEmpty
from izarlink_tickets.application.operations.key_register import KeyPurpose
from izarlink_tickets.application.operations.key_rotation import KeyIsGiven
from izarlink_tickets.application.operations.restore import TargetNotEmpty
from izarlink_tickets.application.operations.schema import SchemaIsNewer, SchemaIsOlder
from izarlink_tickets.cli import failures
from izarlink_tickets.cli.output import moment, plural
from izarlink_tickets.config import SettingsError, short_fingerprint
from izarlink_tickets.database import (
    CommitUnknown,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
    UnsupportedDatabase,
)
from izarlink_tickets.domain.errors import CommandAlreadyUsed, Refusal, TicketNotFound
from izarlink_tickets.event_store import EventUnreadable, UnknownTopic
from izarlink_tickets.i18n import use_language
from izarlink_tickets.mailer import JournalUnwritable, NotDelivered, UnfitMail
from izarlink_tickets.processes import ProcessDied
from izarlink_tickets.projections import ReadModelsOutdated, TicketNotProjected
from izarlink_tickets.sealing import SealBroken, WrongSealingKey

_GIVEN = {
    KeyPurpose.SECRET: (
        "IZARLINK_SECRET_KEY is a setting: add a new key to IZARLINK_SECRET_KEY_FALLBACKS and restart every process, "
        "then exchange the two and restart again."
    ),
    KeyPurpose.SEALING: (
        "IZARLINK_SEALING_KEY is a setting, and the key of this database: set it to a new key, add this one to "
        "IZARLINK_SEALING_KEY_FALLBACKS, restart every process, and run this again."
    ),
}
_SENTENCES: Mapping[type[Exception], str | Callable[[Any], str]] = {
    # the installation
    SettingsError: str,
    SchemaIsOlder: lambda error: (
        f"The database is at step {error.stored or 'none'} and this program needs {error.known}; "
        "run `izarlink-tickets migrate`."
    ),
    SchemaIsNewer: lambda error: (
        f"The database is at step {error.stored}, and this program only knows steps up to {error.known}; "
        "install a newer release."
    ),
    ReadModelsOutdated: "The read models are of another version; run `izarlink-tickets migrate`.",
    TicketNotProjected: lambda error: (
        f"The read models lack ticket {error.number}; run `izarlink-tickets projections rebuild`."
    ),
    ProcessDied: "A process that shared the work was killed; the system's log may have the reason.",
    WrongSealingKey: lambda error: (
        f"IZARLINK_SEALING_KEY is not the key that this database was sealed with{_needed(error)}."
    ),
    KeyIsGiven: lambda error: _GIVEN[error.purpose],
    failures.ClockImplausible: "The clock of this machine is wrong; set it first.",
    failures.AddressTaken: lambda error: f"Can't listen on {_one_line(error)}.",
    failures.ServerFailed: "The server stopped by itself; its log has the reason.",
    DatabaseNotEmpty: "The demo can only be loaded into an empty database, and this one is not empty.",
    # backups
    backup.NotABackup: "This is not a backup of this program.",
    backup.BackupDamaged: lambda error: f"The backup is damaged: {error.part} {error.what}.",
    backup.BackupIsNewer: lambda error: (
        f"The backup was made by a newer release ({error.what}); restore it with that release."
    ),
    backup.AttachmentsMissing: lambda error: (
        f"{plural(error.count, 'attachment is', 'attachments are')} missing from the backup or damaged, "
        f"the first being {error.first}; name their folder with --files, or restore without them with --accept-losses."
    ),
    backup.SealingKeyMissing: lambda error: (
        f"This backup was made under another sealing key{_needed(error)}; give that key as IZARLINK_SEALING_KEY, "
        "or add it to IZARLINK_SEALING_KEY_FALLBACKS."
    ),
    backup.RowUnreadable: lambda error: f"A row of {error.table} has a value of the wrong type; run `verify`.",
    backup.ErasuresUnreadable: lambda error: f"Line {error.line} of {error.path} is not an account id.",
    TargetNotEmpty: "This database is not empty; a backup can only be restored into an empty one.",
    # the database
    DatabaseBusy: "The database is busy; nothing was saved, try again.",
    DatabaseUnreachable: lambda error: f"The database can't be reached: {_one_line(error)}.",
    StorageFull: "The disk is full; nothing was saved.",
    CommitUnknown: "The database connection was lost while saving; check whether it was saved before you try again.",
    UnsupportedDatabase: lambda error: f"{_one_line(error)}.",
    DBAPIError: lambda error: f"The database refused: {_one_line(error.orig)}.",
    SealBroken: "A sealed text can't be opened: it was altered or moved.",
    UnknownTopic: lambda error: f"{_event(error)} is of a type that this program doesn't know: {error.topic}.",
    EventUnreadable: lambda error: f"{_event(error)} can't be read: {error.topic}.",
    # what was typed
    UnicodeEncodeError: "A name or a value is not valid UTF-8.",
    failures.NotActiveStaff: lambda error: (
        f"{error.email} is not an active support or administrator account ({error.option})."
    ),
    failures.RequesterLeft: lambda error: (
        f"The account {error.email} is closed: nobody would read the ticket; choose another person of the customer "
        f"({error.option})."
    ),
    failures.OptionEmpty: lambda error: f"Write something: {error.option} is empty.",
    failures.UnknownVersion: lambda error: (
        f"Ticket {error.number} has no version {error.version}: choose one from 1 to {error.last_version}."
    ),
    TicketNotFound: lambda error: f"There is no ticket {error.number}.",
    accounts.OrganisationMissing: "Accounts of customers belong to an organisation: add --organisation.",
    accounts.OrganisationNotAllowed: "IzarLink staff do not belong to an organisation: leave --organisation out.",
    accounts.PasswordAlreadyChosen: "This person has already chosen a password; run `account reset-password`.",
    CommandAlreadyUsed: "This --command-id has already been used for something else.",
    # mails
    JournalUnwritable: lambda error: f"No mail can be sent: {_one_line(error)}.",
    NotDelivered: lambda error: f"Not sent: {_one_line(error.answer)}.",
    failures.UnknownMail: lambda error: f"There is no mail {error.mail_id}.",
    failures.WaitingMailsUndecided: lambda error: (
        f"{plural(error.count, 'mail is', 'mails are')} waiting, written from {moment(error.oldest)} to "
        f"{moment(error.held_since)}, and may have been sent already: run `mail enable --send` or `mail enable --drop`."
    ),
    UnfitMail: "This is not an email address.",
}


def sentence_of(error: Exception) -> str | None:
    """Return the sentence with which an error ends the command.

    None for a mistake in the program.
    """
    sentence = next((_SENTENCES[kind] for kind in type(error).__mro__ if kind in _SENTENCES), None)
    if sentence is not None:
        return sentence if isinstance(sentence, str) else sentence(error)
    if isinstance(error, Refusal):
        return english_message(error)
    return _system_error(error) if isinstance(error, OSError) else None


def english_message(refusal: Refusal) -> str:
    """Return the English sentence of a refusal."""
    with use_language("en"):
        return refusal_messages.message_for(refusal)


def _system_error(error: OSError) -> str:
    reason = error.strerror or _one_line(error)
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _needed(error: WrongSealingKey) -> str:
    return f", which is {short_fingerprint(error.needed)}" if error.needed else ""


def _event(error: EventUnreadable) -> str:
    return f"Event {error.version} of stream {error.stream_id}"


def _one_line(error: object) -> str:
    return " ".join(str(error).split()).rstrip(".")
