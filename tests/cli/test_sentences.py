"""Every error that can end a command has a sentence."""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import get_type_hints

import pytest
from tests.refusal_messages.samples import all_refusals, import_everything, subclasses_of

from izarlink_tickets import attachments, backup, event_store
from izarlink_tickets.accounts.breached_passwords import BreachedPasswordsUnreadable
from izarlink_tickets.application.operations.key_register import KeyPurpose
from izarlink_tickets.application.operations.schema import SchemaUnfit
from izarlink_tickets.attachments.inspection_budget import InspectionTooLong
from izarlink_tickets.attachments.thumbnails import ThumbnailFailed
from izarlink_tickets.cli.doctor.check_results import CheckFailed
from izarlink_tickets.cli.failures import Breach
from izarlink_tickets.cli.refusals import sentence_of
from izarlink_tickets.database import TransactionAborted
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.mailer.content_loader import RecipientNotEntitled
from izarlink_tickets.web.csrf import ForgedOrigin
from izarlink_tickets.web.proof import ProofNeeded

CAUGHT_BELOW = {
    Breach: "program: its message is the sentence",
    CheckFailed: "doctor: it is a result",
    RecipientNotEntitled: "mailer: the mail is discarded",
    attachments.BlobMissing: "backup and verify: it is counted",
    attachments.BlobDamaged: "backup and verify: it is counted",
    attachments.ScannerUnavailable: "application and doctor: it is a refusal, or a result",
    BreachedPasswordsUnreadable: "application: the password is taken and an error logged; doctor fails",
    ForgedOrigin: "web: it is a page",
    ProofNeeded: "web: it is a page",
    ThumbnailFailed: "application: the file has no thumbnail",
    InspectionTooLong: "attachments: the file is refused",
    event_store.LogWentBack: "mailer: it follows the log anew",
    event_store.NoKeys: "a mistake in the program: a mapper without keys never opens texts",
    event_store.VersionTaken: "application: the command is tried again, then DatabaseBusy",
    TransactionAborted: "a mistake in the program: an error was swallowed inside a transaction",
    # Never raised themselves.
    backup.BackupUnfit: "the base of others",
    SchemaUnfit: "the base of others",
}


def all_errors() -> list[type[Exception]]:
    import_everything()
    errors = {kind for kind in subclasses_of(Exception) if not issubclass(kind, Refusal)}
    return sorted(errors - set(CAUGHT_BELOW), key=lambda kind: kind.__name__)


def instance_of(kind: type[Exception]) -> Exception:
    if not dataclasses.is_dataclass(kind):
        error = kind.__new__(kind, "something.")
        # Those with an answer of a server, or an event, keep it as attributes.
        error.__dict__.update(answer="something.", orig="something.")
        return error
    values = {
        str: "something.",
        int: 2,
        KeyPurpose: KeyPurpose.SEALING,
        datetime: datetime(2026, 11, 2, tzinfo=UTC),
        Path: Path("file"),
    }
    types = get_type_hints(kind)
    return kind(**{field.name: values.get(types[field.name]) for field in dataclasses.fields(kind)})


@pytest.mark.parametrize(
    "error", [*map(instance_of, all_errors()), *all_refusals()], ids=lambda error: type(error).__name__
)
def test_every_error_that_ends_a_command_has_a_sentence(error: Exception):
    sentence = sentence_of(error)

    assert sentence is not None
    assert sentence.endswith((".", "?"))
    assert type(error).__name__ not in sentence
