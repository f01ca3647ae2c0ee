"""Customers from a spreadsheet: a line is a name, so that it adds one or changes nothing."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.application.account_events import AuditEvent, record_account_events
from izarlink_tickets.application.spreadsheets.columns import STATES
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_plan import (
    ImportContext,
    ImportReport,
    LineErrors,
    LineOutcome,
    Verdict,
    refused,
    state_fault,
    validate,
)
from izarlink_tickets.directory import (
    Organisation,
    fold_name,
    insert_organisations,
    list_organisations,
    new_organisation,
    organisation_name_of,
    organisations_named,
)
from izarlink_tickets.domain.account import OrganisationCreated
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _


def plan(connection: Connection, sheet: CsvFile) -> tuple[ImportReport, list[Any]]:
    """Judge each line; the wishes are names."""
    names = [record.cells["name"] for record in sheet.records if not record.fault]
    known = organisations_named(connection, names=names)

    def judge(record: Record) -> tuple[LineOutcome, Any]:
        return _judge(record, known.get(fold_name(record.cells["name"])))

    return validate(sheet, key="name", fold=fold_name, judge=judge)


def write(connection: Connection, context: CommandContext, names: Sequence[str], means: ImportContext) -> None:
    """Add the customers, and say so in the stream of who does it."""
    del means  # Nothing is sealed for them.
    created = [new_organisation(name, now=context.at) for name in names]
    if created:
        insert_organisations(connection, created)
        facts = [
            AuditEvent(OrganisationCreated, context.actor.account_id, {"organisation_id": one.id}) for one in created
        ]
        record_account_events(connection, context, facts)


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Give all, as `plan` reads them."""
    for one in list_organisations(connection):
        yield one.name, _(STATES[one.active])


def _judge(record: Record, known: Organisation | None) -> tuple[LineOutcome, Any]:
    found, typed = LineErrors(), record.cells["name"]
    name = found.value(lambda: organisation_name_of(typed), "")
    found.add(state_fault(record.cells, is_active=known.active if known else True))
    if found.reasons:
        return refused(record, typed, *found.reasons), None
    if known:
        return LineOutcome(record.line, known.name, Verdict.UNCHANGED), None
    return LineOutcome(record.line, name, Verdict.CREATE), name
