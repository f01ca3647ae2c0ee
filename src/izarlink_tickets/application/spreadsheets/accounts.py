"""Accounts from a spreadsheet, identified by their addresses.

The initial password of a new account is drawn when its mail is sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import (
    Account,
    OrganisationMissing,
    OrganisationNotAllowed,
    accounts_by_email,
    active_administrators,
    change_contacts,
    change_role,
    email_of,
    fold_email,
    insert_accounts,
    list_accounts,
    name_of,
    new_account,
    phone_of,
)
from izarlink_tickets.application.account_events import AuditEvent, record_account_events
from izarlink_tickets.application.spreadsheets.columns import ROLES, STATES, role_called
from izarlink_tickets.application.spreadsheets.csv_reader import CsvFile, Record
from izarlink_tickets.application.spreadsheets.import_errors import UnknownRole
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
    UnknownOrganisation,
    fold_name,
    list_organisations,
    organisations_by_name,
)
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.account import AccountCreated, ContactCorrected, RoleChanged
from izarlink_tickets.domain.errors import LastAdministrator, Refusal
from izarlink_tickets.domain.vocabulary import Role
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.sealing import create_keys
from izarlink_tickets.sessions import end_sessions

# Columns by field. A changed contact is corrected; a changed position signs the account out.
_CONTACT = {"name": "name", "phone": "phone"}
_POSITION = {"role": "role", "organisation_id": "organisation"}


@dataclass(frozen=True, slots=True)
class _ExistingRecords:
    """The records that the file names, by folded name and address.

    administrators: ids of those who stay so.
    """

    customers: Mapping[str, Organisation]
    accounts: Mapping[str, Account]
    administrators: set[str]


def plan(connection: Connection, csv_file: CsvFile) -> tuple[ImportReport, list[PlannedChange]]:
    """Plan every line; new accounts are planned as fields."""
    readable = [record.cells for record in csv_file.records if not record.fault]
    existing = _ExistingRecords(
        organisations_by_name(connection, names=[cells.get("organisation", "") for cells in readable]),
        accounts_by_email(connection, emails=[cells["email"] for cells in readable]),
        set(active_administrators(connection)),
    )
    return plan_lines(csv_file, key="email", fold=fold_email, plan_record=partial(_plan_record, existing))


def write(connection: Connection, context: ImportContext, changes: Sequence[PlannedChange]) -> None:
    """Create and change accounts; mail credentials, end sessions of moved ones."""
    if created := [change.planned for change in changes if not change.current]:
        _create(connection, context, created)
    contacts = {
        change.current.id: (change.planned.name, change.planned.phone)
        for change in changes
        if change.current and _changed(change, _CONTACT)
    }
    if contacts:
        change_contacts(connection, contacts)
    for change in changes:
        if change.current and _changed(change, _POSITION):
            account_id, planned = change.current.id, change.planned
            change_role(connection, account_id=account_id, role=planned.role, organisation_id=planned.organisation_id)
            end_sessions(connection, account_id=account_id)
    audit_events = [event for change in changes if change.current for event in _audit_events(change)]
    record_account_events(connection, context.command, audit_events)


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Yield all accounts in the format that `plan` reads."""
    names = {organisation.id: organisation.name for organisation in list_organisations(connection)}
    for account in list_accounts(connection):
        yield (
            account.email,
            account.name,
            account.phone,
            _(ROLES[account.role]),
            names.get(account.organisation_id or "", ""),
            _(STATES[account.active]),
        )


# --- planning ---------------------------------------------------------------------------------------------------------


def _plan_record(existing: _ExistingRecords, record: Record, errors: LineErrors) -> PlannedChange:
    cells = record.cells
    current = existing.accounts.get(fold_email(cells["email"]))
    email = errors.parse(email_of, cells["email"])
    name = errors.parse(name_of, cells["name"])
    phone = errors.parse(phone_of, cells.get("phone", current.phone if current else ""))
    role = role_called(cells["role"])
    errors.add(None if role else UnknownRole())
    organisation_id = _organisation_id(cells, current, role, existing, errors)
    errors.check_state(cells, is_active=current.active if current else True)
    if role is None or errors.reasons:
        return PlannedChange(email, None)
    if current is None:
        new = {"email": email, "name": name, "phone": phone, "role": role, "organisation_id": organisation_id}
        return PlannedChange(email, new, name=name)
    planned = replace(current, name=name, phone=phone, role=role, organisation_id=organisation_id)
    fields = _CONTACT | _POSITION
    changed = tuple(column for field, column in fields.items() if getattr(planned, field) != getattr(current, field))
    return PlannedChange(current.email, planned, current, changed, name)


def _organisation_id(
    cells: Mapping[str, str], current: Account | None, role: Role | None, existing: _ExistingRecords, errors: LineErrors
) -> str | None:
    """Find the customer's id; an absent column keeps the account's own."""
    typed = cells.get("organisation")
    customer = existing.customers.get(fold_name(typed)) if typed else None
    organisation_id = current.organisation_id if typed is None and current else (customer.id if customer else None)
    if typed and customer is None:
        errors.add(UnknownOrganisation(typed))
    elif customer and not customer.active and not (current and current.organisation_id == customer.id):
        errors.add(OrganisationInactive())
    else:
        errors.add(_role_fault(role, current, existing, has_customer=organisation_id is not None))
    return organisation_id


def _role_fault(
    role: Role | None, current: Account | None, existing: _ExistingRecords, *, has_customer: bool
) -> Refusal | None:
    if role is None:
        return None
    if role in CUSTOMER_ROLES and not has_customer:
        return OrganisationMissing()
    if role not in CUSTOMER_ROLES and has_customer:
        return OrganisationNotAllowed()
    if current and role is not Role.ADMINISTRATOR and current.id in existing.administrators:
        if len(existing.administrators) == 1:
            return LastAdministrator()
        existing.administrators.discard(current.id)
    return None


# --- writing ----------------------------------------------------------------------------------------------------------


def _create(connection: Connection, context: ImportContext, new_accounts: Sequence[Mapping[str, Any]]) -> None:
    command = context.command
    rows_to_insert = [
        new_account(**fields, now=command.at, locale=context.locale, timezone=context.timezone)
        for fields in new_accounts
    ]
    ids = [row["id"] for row in rows_to_insert]
    insert_accounts(connection, rows_to_insert)
    create_keys(connection, ids, master_key=context.sealing_key, now=command.at)
    outbox.enqueue_all(
        connection,
        kind=outbox.MailKind.CREDENTIALS,
        actor_id=command.actor.account_id,
        command_id=command.command_id,
        account_ids=ids,
        now=command.at,
    )
    audit_events = [
        AuditEvent(AccountCreated, row["id"], {"account_role": row["role"], "organisation_id": row["organisation_id"]})
        for row in rows_to_insert
    ]
    record_account_events(connection, command, audit_events)


def _changed(change: PlannedChange, columns: Mapping[str, str]) -> list[str]:
    return [column for column in columns.values() if column in change.changed]


def _audit_events(change: PlannedChange) -> Iterator[AuditEvent]:
    current, planned = change.current, change.planned
    if changed_contact := _changed(change, _CONTACT):
        yield AuditEvent(ContactCorrected, current.id, {"changed": changed_contact})
    if _changed(change, _POSITION):
        fields = {
            "account_role": planned.role.value,
            "organisation_id": planned.organisation_id,
            "previous_account_role": current.role.value,
            "previous_organisation_id": current.organisation_id,
        }
        yield AuditEvent(RoleChanged, current.id, fields)
