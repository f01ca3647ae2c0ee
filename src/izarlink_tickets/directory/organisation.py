"""The customers' organisations: a plain table, changed in place (D7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Boolean, Column, Connection, RowMapping, String, Table, Text, bindparam, insert, select

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.directory.lines import line_of
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line


@dataclass(eq=False)
class NameTaken(Refusal):
    """Another organisation has that name, perhaps in other capitals."""

    name: str


@dataclass(eq=False)
class UnknownOrganisation(Refusal):
    """No organisation has that name or id."""

    name: str


organisations = Table(
    "organisations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    # What tells two names apart: « ETXEA » and « Etxea » would be one customer to everybody who reads them.
    Column("name_folded", Text, nullable=False, unique=True),
    Column("created_at", Timestamp, nullable=False),
    Column("active", Boolean, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer company, the boundary of isolation (R41). created_at: aware UTC."""

    id: str
    name: str
    created_at: datetime
    active: bool


_ORGANISATIONS = select(*(organisations.c[name] for name in Organisation.__slots__)).order_by(
    organisations.c.name_folded
)
_ORGANISATION = _ORGANISATIONS.where(organisations.c.id == bindparam("id"))
_ORGANISATION_NAMED = _ORGANISATIONS.where(organisations.c.name_folded == bindparam("folded"))


def create_organisation(connection: Connection, *, name: str, now: datetime) -> Organisation:
    """Add a customer company. Raises: TextMissing, TextTooLong, NameTaken."""
    name = line_of(name, field="name")
    if _organisations(connection.execute(_ORGANISATION_NAMED, {"folded": name.casefold()}).mappings()):
        raise NameTaken(name)
    created = Organisation(str(uuid4()), name, now, active=True)
    connection.execute(
        insert(organisations),
        {"id": created.id, "name": name, "name_folded": name.casefold(), "created_at": now, "active": True},
    )
    return created


def find_organisation(connection: Connection, *, organisation_id: str) -> Organisation | None:
    return next(iter(_organisations(connection.execute(_ORGANISATION, {"id": organisation_id}).mappings())), None)


def organisation_named(connection: Connection, *, name: str) -> Organisation:
    """Find an organisation by its name, in whatever capitals. Raises: UnknownOrganisation."""
    found = _organisations(connection.execute(_ORGANISATION_NAMED, {"folded": clean_line(name).casefold()}).mappings())
    if not found:
        raise UnknownOrganisation(name)
    return found[0]


def list_organisations(connection: Connection) -> list[Organisation]:
    """List all, by name."""
    return _organisations(connection.execute(_ORGANISATIONS).mappings())


def _organisations(rows: Iterable[RowMapping]) -> list[Organisation]:
    return [Organisation(**row) for row in rows]
