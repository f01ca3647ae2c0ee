"""Connections from a spreadsheet: known by their references, which no other customer's may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets.application.account_events import AuditEvent, record_account_events
from izarlink_tickets.application.spreadsheets.columns import STATES
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_errors import ServiceOfAnother
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
    OrganisationInactive,
    ServiceRecord,
    UnknownOrganisation,
    fold_name,
    fold_reference,
    insert_services,
    line_of,
    list_organisations,
    list_services,
    new_service,
    optional_line_of,
    organisations_named,
    reference_of,
    services_referred,
    update_services,
    with_words,
)
from izarlink_tickets.domain.account import ServiceChanged, ServiceCreated
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import CommandContext
from izarlink_tickets.i18n import gettext as _

_WORDS = ("label", "site", "offer")


@dataclass(frozen=True, slots=True)
class PlannedService:
    """A connection to store. changed: which of its words; None for a new one."""

    service: ServiceRecord
    changed: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _KnownServices:
    """What the directory has of what the file names, by folded name and by reference."""

    customers: Mapping[str, Organisation]
    services: Mapping[str, ServiceRecord]


def plan(connection: Connection, sheet: CsvFile) -> tuple[ImportReport, list[PlannedService]]:
    """Judge each line."""
    readable = [record.cells for record in sheet.records if not record.fault]
    known = _KnownServices(
        organisations_named(connection, names=[cells["organisation"] for cells in readable]),
        services_referred(connection, references=[cells["reference"] for cells in readable]),
    )
    return validate(sheet, key="reference", fold=fold_reference, judge=lambda record: _judge(record, known))


def write(
    connection: Connection, context: CommandContext, wishes: Sequence[PlannedService], means: ImportContext
) -> None:
    """Add and change the connections, and say so in the stream of who does it."""
    del means  # Nothing is sealed for them.
    created = [wish.service for wish in wishes if wish.changed is None]
    changed = [wish for wish in wishes if wish.changed is not None]
    if created:
        insert_services(connection, created)
    if changed:
        update_services(connection, [wish.service for wish in changed])
    actor = context.actor.account_id
    facts = [
        AuditEvent(ServiceCreated, actor, {"service_id": one.id, "organisation_id": one.organisation_id})
        for one in created
    ]
    facts += [
        AuditEvent(ServiceChanged, actor, {"service_id": wish.service.id, "changed": list(wish.changed or ())})
        for wish in changed
    ]
    record_account_events(connection, context, facts)


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Give all, as `plan` reads them."""
    names = {one.id: one.name for one in list_organisations(connection)}
    for one in list_services(connection):
        yield one.reference, names[one.organisation_id], one.label, one.site, one.offer, _(STATES[one.active])


def _judge(record: Record, known: _KnownServices) -> tuple[LineOutcome, Any]:
    cells, found = record.cells, LineErrors()
    reference = found.value(lambda: reference_of(cells["reference"]), "")
    current = known.services.get(reference)
    customer = known.customers.get(fold_name(cells["organisation"]))
    found.add(_customer_fault(cells["organisation"], customer, current))
    words = _words(cells, current, found)
    found.add(state_fault(cells, is_active=current.active if current else True))
    if found.reasons or customer is None:
        return refused(record, cells["reference"], *found.reasons), None
    if current is None:
        created = new_service(reference=reference, organisation_id=customer.id, **words)
        return LineOutcome(record.line, reference, Verdict.CREATE), PlannedService(created, None)
    changed = tuple(name for name in _WORDS if words[name] != getattr(current, name))
    if not changed:
        return LineOutcome(record.line, reference, Verdict.UNCHANGED), None
    return LineOutcome(record.line, reference, Verdict.CHANGE, changed), PlannedService(
        with_words(current, **words), changed
    )


def _words(cells: Mapping[str, str], current: ServiceRecord | None, found: LineErrors) -> dict[str, str]:
    """Read label, site and offer; a column that is not there leaves what is."""
    words = {"label": found.value(lambda: line_of(cells["label"], field="label"), "")}
    for name in ("site", "offer"):
        typed = cells.get(name)
        left = getattr(current, name) if current else ""
        words[name] = left if typed is None else found.value(partial(optional_line_of, typed, field=name), "")
    return words


def _customer_fault(name: str, customer: Organisation | None, current: ServiceRecord | None) -> Refusal | None:
    if customer is None:
        return UnknownOrganisation(name)
    if current:
        return None if current.organisation_id == customer.id else ServiceOfAnother()
    return None if customer.active else OrganisationInactive()
