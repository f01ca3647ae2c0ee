"""The directory's lists, searched and paged: customers, accounts and connections with what stands beside them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select, true

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.directory import organisations, services
from izarlink_tickets.directory.paging import PAGE_SIZE, DirectoryPage, PageRequest, read_page, searched
from izarlink_tickets.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A customer with how many accounts and connections of it are active."""

    id: str
    name: str
    active: bool
    accounts: int
    services: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with the name of its customer. last_signed_in_at: aware UTC; is_new: no password was chosen yet."""

    id: str
    name: str
    email: str
    role: Role
    organisation_id: str | None
    organisation_name: str | None
    active: bool
    is_new: bool
    last_signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A connection with the name of its customer."""

    id: str
    reference: str
    label: str
    site: str
    offer: str
    organisation_id: str
    organisation_name: str
    active: bool


@dataclass(frozen=True, slots=True)
class DirectoryFilter:
    """What a list is narrowed to; an empty text and None narrow nothing. roles: any of them."""

    search: str = ""
    organisation_id: str = ""
    roles: Collection[Role] | None = None
    is_active: bool | None = None


def _count(table: Table) -> ColumnElement[int]:
    active = select(func.count()).where(table.c.organisation_id == organisations.c.id, table.c.active)
    return active.select_from(table).scalar_subquery()


_ORGANISATIONS = select(
    organisations.c.id,
    organisations.c.name,
    organisations.c.active,
    _count(accounts).label("accounts"),
    _count(services).label("services"),
)
_ACCOUNTS = select(
    *(accounts.c[name] for name in ("id", "name", "email", "role", "organisation_id", "active", "last_signed_in_at")),
    organisations.c.name.label("organisation_name"),
    accounts.c.password_changed_at.is_(None).label("is_new"),
).select_from(accounts.outerjoin(organisations, organisations.c.id == accounts.c.organisation_id))
_SERVICES = select(
    *(services.c[name] for name in ("id", "reference", "label", "site", "offer", "organisation_id", "active")),
    organisations.c.name.label("organisation_name"),
).join(organisations, organisations.c.id == services.c.organisation_id)


def list_organisation_rows(
    connection: Connection, *, wanted: DirectoryFilter, place: PageRequest, size: int = PAGE_SIZE
) -> DirectoryPage[OrganisationRow]:
    """List customers by name."""
    statement = _ORGANISATIONS.where(searched(wanted.search, organisations.c.search_key), _state(organisations, wanted))
    by = organisations.c.search_key
    rows, before, after = read_page(connection, statement, organisations, by=by, place=place, size=size)
    return _page([OrganisationRow(**row) for row in rows], before=before, after=after)


def list_account_rows(
    connection: Connection, *, wanted: DirectoryFilter, place: PageRequest, size: int = PAGE_SIZE
) -> DirectoryPage[AccountRow]:
    """List accounts by name; a search looks into the addresses and the customers' names as well."""
    keys = (accounts.c.search_key, accounts.c.email_folded, func.coalesce(organisations.c.search_key, ""))
    statement = _ACCOUNTS.where(searched(wanted.search, *keys), *_conditions(accounts, wanted))
    if wanted.roles is not None:
        statement = statement.where(accounts.c.role.in_([role.value for role in wanted.roles]))
    by = accounts.c.search_key
    rows, before, after = read_page(connection, statement, accounts, by=by, place=place, size=size)
    shown = [AccountRow(**{**row, "role": Role(row["role"])}) for row in rows]
    return _page(shown, before=before, after=after)


def list_service_rows(
    connection: Connection, *, wanted: DirectoryFilter, place: PageRequest, size: int = PAGE_SIZE
) -> DirectoryPage[ServiceRow]:
    """List connections by reference; a search looks into their words and the customers' names as well."""
    keys = (services.c.search_key, organisations.c.search_key)
    statement = _SERVICES.where(searched(wanted.search, *keys), *_conditions(services, wanted))
    by = services.c.reference
    rows, before, after = read_page(connection, statement, services, by=by, place=place, size=size)
    return _page([ServiceRow(**row) for row in rows], before=before, after=after)


def _conditions(table: Table, wanted: DirectoryFilter) -> list[ColumnElement[bool]]:
    of_organisation = table.c.organisation_id == wanted.organisation_id if wanted.organisation_id else true()
    return [of_organisation, _state(table, wanted)]


def _state(table: Table, wanted: DirectoryFilter) -> ColumnElement[bool]:
    return true() if wanted.is_active is None else table.c.active == wanted.is_active


def _page(rows: list[Any], *, before: bool, after: bool) -> DirectoryPage[Any]:
    return DirectoryPage(
        rows, after=rows[-1].id if rows and after else None, before=rows[0].id if rows and before else None
    )
