"""Customers from a spreadsheet.

A line is a name, so it adds a customer or changes nothing.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from izarlink_tickets.application.account_events import AuditEvent, record_account_events
from izarlink_tickets.application.spreadsheets.columns import STATES
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_plan import (
    ImportContext,
    ImportReport,
    LineErrors,
    PlannedChange,
    plan_lines,
)
from izarlink_tickets.directory import (
    fold_name,
    insert_organisations,
    list_organisations,
    new_organisation,
    organisation_name_of,
    organisations_by_name,
)
from izarlink_tickets.domain.account import OrganisationCreated
from izarlink_tickets.i18n import gettext as _


def plan(connection: Connection, csv_file: CsvFile) -> tuple[ImportReport, list[PlannedChange]]:
    """Plan every line; the planned record is a name."""
    existing = organisations_by_name(
        connection, names=[record.cells["name"] for record in csv_file.records if not record.fault]
    )

    def plan_record(record: Record, errors: LineErrors) -> PlannedChange:
        typed = record.cells["name"]
        current = existing.get(fold_name(typed))
        name = errors.parse(organisation_name_of, typed)
        errors.check_state(record.cells, is_active=current.active if current else True)
        return PlannedChange(current.name if current else name, name, current)

    return plan_lines(csv_file, key="name", fold=fold_name, plan_record=plan_record)


def write(connection: Connection, context: ImportContext, changes: Sequence[PlannedChange]) -> None:
    """Add the customers, and record their creation in the actor's stream."""
    created = [new_organisation(change.planned, now=context.command.at) for change in changes]
    if not created:
        return
    insert_organisations(connection, created)
    actor_id = context.command.actor.account_id
    record_account_events(
        connection,
        context.command,
        [AuditEvent(OrganisationCreated, actor_id, {"organisation_id": organisation.id}) for organisation in created],
    )


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Yield all customers in the format that `plan` reads."""
    for organisation in list_organisations(connection):
        yield organisation.name, _(STATES[organisation.active])
