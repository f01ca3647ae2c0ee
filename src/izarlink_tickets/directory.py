"""The customers' organisations and their contracted connections (R2): plain tables, changed in place (D7).

It knows no account and no ticket.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    RowMapping,
    String,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain.errors import Refusal, TextMissing, TextTooLong
from izarlink_tickets.domain.text import clean_line, optional_text_of

NAME_MAXIMUM = 100
# « FTTO-00417 »: letters and digits in groups, as on the contract.
_REFERENCE = re.compile("[A-Z0-9]+(?:[-./][A-Z0-9]+)*")
REFERENCE_MAXIMUM = 40


@dataclass(eq=False)
class NameTaken(Refusal):
    """Another organisation has that name, perhaps in other capitals."""

    name: str


@dataclass(eq=False)
class UnknownOrganisation(Refusal):
    """No organisation has that name or id."""

    name: str


@dataclass(eq=False)
class ReferenceTaken(Refusal):
    """Another connection, of whatever organisation, has that reference."""

    reference: str


@dataclass(eq=False)
class InvalidReference(Refusal):
    """A reference is letters and digits in groups, 40 characters at most."""

    reference: str


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
services = Table(
    "services",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("organisation_id", String(36), ForeignKey(organisations.c.id), nullable=False),
    Column("label", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)
# The choice of connections in the form of a new ticket.
Index(None, services.c.organisation_id, services.c.reference)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer company, the boundary of isolation (R41). created_at: aware UTC."""

    id: str
    name: str
    created_at: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class Service:
    """A contracted connection. site, offer: empty where unknown."""

    id: str
    reference: str
    organisation_id: str
    label: str
    site: str
    offer: str
    active: bool


_ORGANISATIONS = select(*(organisations.c[name] for name in Organisation.__slots__)).order_by(
    organisations.c.name_folded
)
_ORGANISATION = _ORGANISATIONS.where(organisations.c.id == bindparam("id"))
_ORGANISATION_NAMED = _ORGANISATIONS.where(organisations.c.name_folded == bindparam("folded"))
_SERVICES = select(*(services.c[name] for name in Service.__slots__)).order_by(services.c.reference)
_SERVICE = _SERVICES.where(services.c.id == bindparam("id"))
_SERVICE_WITH_REFERENCE = _SERVICES.where(services.c.reference == bindparam("reference"))
_SERVICES_OF = _SERVICES.where(services.c.organisation_id == bindparam("organisation"))
_SET_SERVICE_ACTIVE = update(services).where(services.c.id == bindparam("service")).values(active=bindparam("claim"))


def line_of(text: str, *, field: str, maximum: int) -> str:
    """Give a mandatory text of one line as stored. Raises: TextMissing, TextTooLong."""
    line = optional_line_of(text, field=field, maximum=maximum)
    if not line:
        raise TextMissing(field)
    return line


def optional_line_of(text: str, *, field: str, maximum: int) -> str:
    """Give a text of one line as stored, empty where nothing visible was typed. Raises: TextTooLong."""
    line = optional_text_of(clean_line(text), field=field)
    if len(line) > maximum:
        raise TextTooLong(field, maximum, len(line))
    return line


# --- organisations ----------------------------------------------------------------------------------------------------


def create_organisation(connection: Connection, *, name: str, now: datetime) -> Organisation:
    """Add a customer company. Raises: TextMissing, TextTooLong, NameTaken."""
    name = line_of(name, field="name", maximum=NAME_MAXIMUM)
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


# --- services ---------------------------------------------------------------------------------------------------------


def create_service(
    connection: Connection, *, reference: str, organisation_id: str, label: str, site: str = "", offer: str = ""
) -> Service:
    """Add a connection to an organisation.

    Raises: InvalidReference, ReferenceTaken, UnknownOrganisation, TextMissing, TextTooLong.
    """
    created = Service(
        id=str(uuid4()),
        reference=_reference_of(reference),
        organisation_id=organisation_id,
        label=line_of(label, field="label", maximum=NAME_MAXIMUM),
        site=optional_line_of(site, field="site", maximum=NAME_MAXIMUM),
        offer=optional_line_of(offer, field="offer", maximum=NAME_MAXIMUM),
        active=True,
    )
    if find_organisation(connection, organisation_id=organisation_id) is None:
        raise UnknownOrganisation(organisation_id)
    if find_service_by_reference(connection, reference=created.reference):
        raise ReferenceTaken(created.reference)
    connection.execute(insert(services), {name: getattr(created, name) for name in Service.__slots__})
    return created


def find_service(connection: Connection, *, service_id: str) -> Service | None:
    return next(iter(_services(connection.execute(_SERVICE, {"id": service_id}).mappings())), None)


def find_service_by_reference(connection: Connection, *, reference: str) -> Service | None:
    found = connection.execute(_SERVICE_WITH_REFERENCE, {"reference": clean_line(reference).upper()})
    return next(iter(_services(found.mappings())), None)


def services_of(connection: Connection, *, organisation_id: str) -> list[Service]:
    """List an organisation's connections, closed ones too, by reference."""
    return _services(connection.execute(_SERVICES_OF, {"organisation": organisation_id}).mappings())


def list_services(connection: Connection) -> list[Service]:
    """List all, by reference."""
    return _services(connection.execute(_SERVICES).mappings())


def close_service(connection: Connection, *, service_id: str) -> None:
    """Take a connection out of the choices of new tickets; the tickets that it has keep it."""
    connection.execute(_SET_SERVICE_ACTIVE, {"service": service_id, "claim": False})


def reopen_service(connection: Connection, *, service_id: str) -> None:
    """Offer a closed connection again."""
    connection.execute(_SET_SERVICE_ACTIVE, {"service": service_id, "claim": True})


def _reference_of(text: str) -> str:
    reference = clean_line(text).upper()
    if len(reference) > REFERENCE_MAXIMUM or not _REFERENCE.fullmatch(reference):
        raise InvalidReference(reference[:REFERENCE_MAXIMUM])
    return reference


def _organisations(rows: Iterable[RowMapping]) -> list[Organisation]:
    return [Organisation(**row) for row in rows]


def _services(rows: Iterable[RowMapping]) -> list[Service]:
    return [Service(**row) for row in rows]
