"""Services from a spreadsheet, identified by their references."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from izarlink_tickets.application.account_events import AuditEvent, record_account_events
from izarlink_tickets.application.spreadsheets.columns import STATES
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_errors import ServiceOfAnother
from izarlink_tickets.application.spreadsheets.import_plan import (
    ImportContext,
    ImportReport,
    LineErrors,
    PlannedChange,
    plan_lines,
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
    organisations_by_name,
    reference_of,
    services_by_reference,
    update_services,
)
from izarlink_tickets.domain.account import ServiceChanged, ServiceCreated
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _

_TEXTS = ("label", "site", "offer")


def plan(connection: Connection, csv_file: CsvFile) -> tuple[ImportReport, list[PlannedChange]]:
    """Plan every line; the planned record is a service."""
    readable = [record.cells for record in csv_file.records if not record.fault]
    customers = organisations_by_name(connection, names=[cells["organisation"] for cells in readable])
    existing = services_by_reference(connection, references=[cells["reference"] for cells in readable])

    def plan_record(record: Record, errors: LineErrors) -> PlannedChange:
        cells = record.cells
        reference = errors.parse(reference_of, cells["reference"])
        current = existing.get(reference)
        customer = customers.get(fold_name(cells["organisation"]))
        errors.add(_customer_fault(cells["organisation"], customer, current))
        texts = _parse_texts(cells, current, errors)
        errors.check_state(cells, is_active=current.active if current else True)
        changed = tuple(field for field in _TEXTS if current and texts[field] != getattr(current, field))
        planned = None
        if current:
            planned = replace(current, label=texts["label"], site=texts["site"], offer=texts["offer"])
        elif customer and not errors.reasons:
            planned = new_service(reference=reference, organisation_id=customer.id, **texts)
        name = ", ".join(filter(None, (texts["label"], texts["site"])))
        return PlannedChange(reference, planned, current, changed, name)

    return plan_lines(csv_file, key="reference", fold=fold_reference, plan_record=plan_record)


def write(connection: Connection, context: ImportContext, changes: Sequence[PlannedChange]) -> None:
    """Add and change the services, and record it in the actor's stream."""
    created: list[ServiceRecord] = [change.planned for change in changes if not change.current]
    changed = [change for change in changes if change.current]
    if created:
        insert_services(connection, created)
    if changed:
        update_services(connection, [change.planned for change in changed])
    actor_id = context.command.actor.account_id
    audit_events = [
        AuditEvent(ServiceCreated, actor_id, {"service_id": service.id, "organisation_id": service.organisation_id})
        for service in created
    ]
    audit_events += [
        AuditEvent(ServiceChanged, actor_id, {"service_id": change.planned.id, "changed": list(change.changed)})
        for change in changed
    ]
    record_account_events(connection, context.command, audit_events)


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Yield all services in the format that `plan` reads."""
    names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
    for service in list_services(connection):
        organisation = names[service.organisation_id]
        yield service.reference, organisation, service.label, service.site, service.offer, _(STATES[service.active])


def _parse_texts(cells: Mapping[str, str], current: ServiceRecord | None, errors: LineErrors) -> dict[str, str]:
    """Parse label, site and offer; an absent column keeps the current text."""
    texts = {"label": errors.parse(line_of, cells["label"], field="label")}
    for field in ("site", "offer"):
        typed = cells.get(field)
        unchanged = getattr(current, field) if current else ""
        texts[field] = unchanged if typed is None else errors.parse(optional_line_of, typed, field=field)
    return texts


def _customer_fault(name: str, customer: Organisation | None, current: ServiceRecord | None) -> Refusal | None:
    if customer is None:
        return UnknownOrganisation(name)
    if current:
        return None if current.organisation_id == customer.id else ServiceOfAnother()
    return None if customer.active else OrganisationInactive()
