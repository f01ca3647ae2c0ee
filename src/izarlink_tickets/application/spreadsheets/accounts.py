"""Accounts from a spreadsheet, known by their addresses; the password of a new one is made with its mail (D8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    LineOutcome,
    Verdict,
    refused,
    state_fault,
    validate,
)
from izarlink_tickets.directory import (
    Organisation,
    OrganisationInactive,
    UnknownOrganisation,
    fold_name,
    list_organisations,
    organisations_named,
)
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.account import AccountCreated, ContactCorrected, RoleChanged
from izarlink_tickets.domain.errors import LastAdministrator, Refusal
from izarlink_tickets.domain.vocabulary import CommandContext, Role
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.sealing import create_keys
from izarlink_tickets.sessions import end_sessions


@dataclass(frozen=True, slots=True)
class PlannedAccount:
    """An account as it shall be. current: as it is, None for a new one."""

    current: Account | None
    email: str
    name: str
    phone: str
    role: Role
    organisation_id: str | None

    @property
    def changed_contact(self) -> list[str]:
        return self._changed({"name": "name", "phone": "phone"})

    @property
    def changed_position(self) -> list[str]:
        return self._changed({"role": "role", "organisation": "organisation_id"})

    def _changed(self, names: Mapping[str, str]) -> list[str]:
        """Name what is otherwise than it is. names: of the columns, with those of the fields."""
        if self.current is None:
            return []
        return [said for said, name in names.items() if getattr(self, name) != getattr(self.current, name)]


@dataclass(frozen=True, slots=True)
class _KnownAccounts:
    """What the directory has of what the file names, by folded name and address. administrators: those who stay."""

    customers: Mapping[str, Organisation]
    accounts: Mapping[str, Account]
    administrators: set[str]


def plan(connection: Connection, sheet: CsvFile) -> tuple[ImportReport, list[PlannedAccount]]:
    """Judge each line."""
    readable = [record.cells for record in sheet.records if not record.fault]
    known = _KnownAccounts(
        organisations_named(connection, names=[cells.get("organisation", "") for cells in readable]),
        accounts_by_email(connection, emails=[cells["email"] for cells in readable]),
        set(active_administrators(connection)),
    )
    return validate(sheet, key="email", fold=fold_email, judge=lambda record: _judge(record, known))


def write(
    connection: Connection, context: CommandContext, wishes: Sequence[PlannedAccount], means: ImportContext
) -> None:
    """Create and change the accounts; new ones are mailed their credentials, moved ones are signed out."""
    created = [wish for wish in wishes if wish.current is None]
    if created:
        _create(connection, context, created, means)
    contacts = {wish.current.id: (wish.name, wish.phone) for wish in wishes if wish.current and wish.changed_contact}
    if contacts:
        change_contacts(connection, contacts)
    moved = [(wish, wish.current.id) for wish in wishes if wish.current and wish.changed_position]
    for wish, account_id in moved:
        change_role(connection, account_id=account_id, role=wish.role, organisation_id=wish.organisation_id)
        end_sessions(connection, account_id=account_id)
    record_account_events(
        connection, context, [fact for wish in wishes if wish.current for fact in _facts(wish, wish.current)]
    )


def rows(connection: Connection) -> Iterator[Sequence[str]]:
    """Give all, as `plan` reads them."""
    names = {one.id: one.name for one in list_organisations(connection)}
    for one in list_accounts(connection):
        yield (
            one.email,
            one.name,
            one.phone,
            _(ROLES[one.role]),
            names.get(one.organisation_id or "", ""),
            _(STATES[one.active]),
        )


# --- judging ----------------------------------------------------------------------------------------------------------


def _judge(record: Record, known: _KnownAccounts) -> tuple[LineOutcome, Any]:
    cells, found = record.cells, LineErrors()
    current = known.accounts.get(fold_email(cells["email"]))
    email = found.value(partial(email_of, cells["email"]), "")
    name = found.value(partial(name_of, cells["name"]), "")
    phone = found.value(partial(phone_of, cells.get("phone", current.phone if current else "")), "")
    role = role_called(cells["role"])
    found.add(None if role else UnknownRole())
    organisation_id = _customer(cells, current, role, known, found)
    found.add(state_fault(cells, is_active=current.active if current else True))
    if role is None or found.reasons:
        return refused(record, cells["email"], *found.reasons), None
    wish = PlannedAccount(current, current.email if current else email, name, phone, role, organisation_id)
    if current is None:
        return LineOutcome(record.line, email, Verdict.CREATE), wish
    changed = (*wish.changed_contact, *wish.changed_position)
    verdict = Verdict.CHANGE if changed else Verdict.UNCHANGED
    return LineOutcome(record.line, current.email, verdict, changed), wish if changed else None


def _customer(
    cells: Mapping[str, str], current: Account | None, role: Role | None, known: _KnownAccounts, found: LineErrors
) -> str | None:
    """Give the id of the customer; where the column is not there, the one that the account has."""
    typed = cells.get("organisation")
    customer = known.customers.get(fold_name(typed)) if typed else None
    organisation_id = current.organisation_id if typed is None and current else (customer.id if customer else None)
    if typed and customer is None:
        found.add(UnknownOrganisation(typed))
    elif customer and not customer.active and not (current and current.organisation_id == customer.id):
        found.add(OrganisationInactive())
    else:
        found.add(_role_fault(role, current, known, has_customer=organisation_id is not None))
    return organisation_id


def _role_fault(
    role: Role | None, current: Account | None, known: _KnownAccounts, *, has_customer: bool
) -> Refusal | None:
    if role is None:
        return None
    if role in CUSTOMER_ROLES and not has_customer:
        return OrganisationMissing()
    if role not in CUSTOMER_ROLES and has_customer:
        return OrganisationNotAllowed()
    if current and role is not Role.ADMINISTRATOR and current.id in known.administrators:
        if len(known.administrators) == 1:
            return LastAdministrator()
        known.administrators.discard(current.id)
    return None


# --- writing ----------------------------------------------------------------------------------------------------------


def _create(
    connection: Connection, context: CommandContext, wishes: Sequence[PlannedAccount], means: ImportContext
) -> None:
    created = [_row(context, wish, means) for wish in wishes]
    ids = [row["id"] for row in created]
    insert_accounts(connection, created)
    create_keys(connection, ids, master_key=means.sealing_key, now=context.at)
    outbox.enqueue_all(
        connection,
        kind=outbox.MailKind.CREDENTIALS,
        actor_id=context.actor.account_id,
        command_id=context.command_id,
        account_ids=ids,
        now=context.at,
    )
    fields = [{"account_role": row["role"], "organisation_id": row["organisation_id"]} for row in created]
    record_account_events(
        connection, context, [AuditEvent(AccountCreated, one, said) for one, said in zip(ids, fields, strict=True)]
    )


def _row(context: CommandContext, wish: PlannedAccount, means: ImportContext) -> dict[str, Any]:
    return new_account(
        email=wish.email,
        name=wish.name,
        role=wish.role,
        now=context.at,
        organisation_id=wish.organisation_id,
        phone=wish.phone,
        locale=means.locale,
        timezone=means.timezone,
    )


def _facts(wish: PlannedAccount, current: Account) -> Iterator[AuditEvent]:
    if wish.changed_contact:
        yield AuditEvent(ContactCorrected, current.id, {"changed": wish.changed_contact})
    if wish.changed_position:
        fields = {
            "account_role": wish.role.value,
            "organisation_id": wish.organisation_id,
            "previous_account_role": current.role.value,
            "previous_organisation_id": current.organisation_id,
        }
        yield AuditEvent(RoleChanged, current.id, fields)
