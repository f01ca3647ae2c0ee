"""The directory's lists of organisations, accounts and services, filtered and paged."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, func, select, true

from izarlink_tickets.accounts.table import accounts
from izarlink_tickets.database.paging import FIRST_PAGE, PAGE_SIZE, Order, Page, PageRequest, SortKey, page_reader
from izarlink_tickets.directory import organisations, services
from izarlink_tickets.directory.search import matches_words
from izarlink_tickets.domain.vocabulary import Role


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """An organisation with its numbers of active accounts and services."""

    id: str
    name: str
    active: bool
    accounts: int
    services: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account with its organisation's name.

    last_signed_in_at: aware UTC. is_new: no password was chosen yet.
    """

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
    """A service with its organisation's name."""

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
    """Filters of a directory list.

    An empty text and None match all rows.
    roles: any of them.
    """

    search: str = ""
    organisation_id: str = ""
    roles: Collection[Role] | None = None
    is_active: bool | None = None


def list_organisation_rows(
    connection: Connection,
    *,
    filtered: DirectoryFilter,
    page_request: PageRequest = FIRST_PAGE,
    size: int = PAGE_SIZE,
) -> Page[OrganisationRow]:
    """List organisations by name."""
    statement = select(
        organisations.c.id,
        organisations.c.name,
        organisations.c.active,
        _count_active(accounts).label("accounts"),
        _count_active(services).label("services"),
    ).where(matches_words(filtered.search, organisations.c.search_key), _has_state(organisations, filtered))
    reader = page_reader(connection, _order(organisations, "search_key"), page_request, size=size)
    return reader.page([OrganisationRow(**row) for row in connection.execute(reader.restrict(statement)).mappings()])


def list_account_rows(
    connection: Connection,
    *,
    filtered: DirectoryFilter,
    page_request: PageRequest = FIRST_PAGE,
    size: int = PAGE_SIZE,
) -> Page[AccountRow]:
    """List accounts by name.

    A search also looks in addresses and organisations' names.
    """
    names = ("id", "name", "email", "role", "organisation_id", "active", "last_signed_in_at")
    searched = (accounts.c.search_key, accounts.c.email_folded, func.coalesce(organisations.c.search_key, ""))
    statement = (
        select(
            *(accounts.c[name] for name in names),
            organisations.c.name.label("organisation_name"),
            accounts.c.password_changed_at.is_(None).label("is_new"),
        )
        .select_from(accounts.outerjoin(organisations, organisations.c.id == accounts.c.organisation_id))
        .where(matches_words(filtered.search, *searched), *_conditions(accounts, filtered))
    )
    if filtered.roles is not None:
        statement = statement.where(accounts.c.role.in_([role.value for role in filtered.roles]))
    reader = page_reader(connection, _order(accounts, "search_key"), page_request, size=size)
    rows = connection.execute(reader.restrict(statement)).mappings()
    return reader.page([AccountRow(**{**row, "role": Role(row["role"])}) for row in rows])


def list_service_rows(
    connection: Connection,
    *,
    filtered: DirectoryFilter,
    page_request: PageRequest = FIRST_PAGE,
    size: int = PAGE_SIZE,
) -> Page[ServiceRow]:
    """List services by reference.

    A search also looks in their labels and organisations' names.
    """
    names = ("id", "reference", "label", "site", "offer", "organisation_id", "active")
    searched = (services.c.search_key, organisations.c.search_key)
    statement = (
        select(*(services.c[name] for name in names), organisations.c.name.label("organisation_name"))
        .join(organisations, organisations.c.id == services.c.organisation_id)
        .where(matches_words(filtered.search, *searched), *_conditions(services, filtered))
    )
    reader = page_reader(connection, _order(services, "reference"), page_request, size=size)
    return reader.page([ServiceRow(**row) for row in connection.execute(reader.restrict(statement)).mappings()])


def _order(table: Table, name: str) -> Order:
    """Sort by a column, then by id.

    Cursors hold the id alone, which keeps names out of URLs.
    """
    return Order((SortKey(table.c[name]), SortKey(table.c.id, "id")))


def _count_active(table: Table) -> ColumnElement[int]:
    active = select(func.count()).where(table.c.organisation_id == organisations.c.id, table.c.active)
    return active.select_from(table).scalar_subquery()


def _conditions(table: Table, filtered: DirectoryFilter) -> list[ColumnElement[bool]]:
    is_of_organisation = table.c.organisation_id == filtered.organisation_id if filtered.organisation_id else true()
    return [is_of_organisation, _has_state(table, filtered)]


def _has_state(table: Table, filtered: DirectoryFilter) -> ColumnElement[bool]:
    return true() if filtered.is_active is None else table.c.active == filtered.is_active
