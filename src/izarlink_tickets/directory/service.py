"""The contracted connections of organisations (R2): a plain table, changed in place (D7)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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

from izarlink_tickets.database import metadata
from izarlink_tickets.directory.lines import batches_of, line_of, optional_line_of
from izarlink_tickets.directory.organisation import UnknownOrganisation, find_organisation, organisations
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line, fold

# « FTTO-00417 »: letters and digits in groups, as on the contract.
_REFERENCE = re.compile("[A-Z0-9]+(?:[-./][A-Z0-9]+)*")
REFERENCE_MAXIMUM = 40


@dataclass(eq=False)
class ReferenceTaken(Refusal):
    """Another connection, of whatever organisation, has that reference."""

    reference: str


@dataclass(eq=False)
class UnknownService(Refusal):
    """No connection has that reference or id."""

    reference: str


@dataclass(eq=False)
class InvalidReference(Refusal):
    """A reference is letters and digits in groups, 40 characters at most."""

    reference: str


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
    # What a search looks in: reference, label, site and offer, without accents or case.
    Column("search_key", Text),
)
# The choice of connections in the form of a new ticket.
Index(None, services.c.organisation_id, services.c.reference)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A contracted connection. site, offer: empty where unknown."""

    id: str
    reference: str
    organisation_id: str
    label: str
    site: str
    offer: str
    active: bool


_SERVICES = select(*(services.c[name] for name in ServiceRecord.__slots__)).order_by(services.c.reference)
_SERVICE = _SERVICES.where(services.c.id == bindparam("id"))
_SERVICE_WITH_REFERENCE = _SERVICES.where(services.c.reference == bindparam("reference"))
_SERVICES_REFERRED = _SERVICES.where(services.c.reference.in_(bindparam("references", expanding=True)))
_SERVICES_OF = _SERVICES.where(services.c.organisation_id == bindparam("organisation"))
_OF_SERVICE = update(services).where(services.c.id == bindparam("service"))
_SET_SERVICE_ACTIVE = _OF_SERVICE.values(active=bindparam("claim"))
_CHANGE = _OF_SERVICE.values(
    label=bindparam("to_label"), site=bindparam("to_site"), offer=bindparam("to_offer"), search_key=bindparam("to_key")
)
_INSERT = insert(services)


def create_service(
    connection: Connection, *, reference: str, organisation_id: str, label: str, site: str = "", offer: str = ""
) -> ServiceRecord:
    """Add a connection to an organisation.

    Raises: InvalidReference, ReferenceTaken, UnknownOrganisation, TextMissing, TextTooLong.
    """
    created = new_service(reference=reference, organisation_id=organisation_id, label=label, site=site, offer=offer)
    if find_organisation(connection, organisation_id=organisation_id) is None:
        raise UnknownOrganisation(organisation_id)
    if find_service_by_reference(connection, reference=created.reference):
        raise ReferenceTaken(created.reference)
    insert_services(connection, [created])
    return created


def new_service(*, reference: str, organisation_id: str, label: str, site: str = "", offer: str = "") -> ServiceRecord:
    """Give a connection as it will be stored. Raises: InvalidReference, TextMissing, TextTooLong."""
    return ServiceRecord(
        id=str(uuid4()),
        reference=reference_of(reference),
        organisation_id=organisation_id,
        label=line_of(label, field="label"),
        site=optional_line_of(site, field="site"),
        offer=optional_line_of(offer, field="offer"),
        active=True,
    )


def insert_services(connection: Connection, created: Sequence[ServiceRecord]) -> None:
    """Store connections whose references and organisations were looked at before."""
    rows = [
        {name: getattr(one, name) for name in ServiceRecord.__slots__} | {"search_key": _key(one)} for one in created
    ]
    connection.execute(_INSERT, rows)


def update_services(connection: Connection, changed: Sequence[ServiceRecord]) -> None:
    """Store label, site and offer as they are now; reference and customer of a connection stay."""
    rows = [
        {
            "service": one.id,
            "to_label": one.label,
            "to_site": one.site,
            "to_offer": one.offer,
            "to_key": _key(one),
        }
        for one in changed
    ]
    connection.execute(_CHANGE, rows)


def with_words(service: ServiceRecord, *, label: str, site: str, offer: str) -> ServiceRecord:
    """Give the connection with other words. Raises: TextMissing, TextTooLong."""
    return replace(
        service,
        label=line_of(label, field="label"),
        site=optional_line_of(site, field="site"),
        offer=optional_line_of(offer, field="offer"),
    )


def lock_service(connection: Connection, *, service_id: str) -> ServiceRecord:
    """Give a connection that nobody else changes before this transaction ends. Raises: UnknownService."""
    rows = connection.execute(_SERVICE.with_for_update(), {"id": service_id}).mappings()
    found = next(iter(_services(rows)), None)
    if found is None:
        raise UnknownService(service_id)
    return found


def find_service(connection: Connection, *, service_id: str) -> ServiceRecord | None:
    return next(iter(_services(connection.execute(_SERVICE, {"id": service_id}).mappings())), None)


def find_service_by_reference(connection: Connection, *, reference: str) -> ServiceRecord | None:
    found = connection.execute(_SERVICE_WITH_REFERENCE, {"reference": fold_reference(reference)})
    return next(iter(_services(found.mappings())), None)


def services_referred(connection: Connection, *, references: Iterable[str]) -> dict[str, ServiceRecord]:
    """Find many connections by reference; those that don't exist are left out."""
    found: dict[str, ServiceRecord] = {}
    for part in batches_of({fold_reference(reference) for reference in references}):
        rows = connection.execute(_SERVICES_REFERRED, {"references": part}).mappings()
        found |= {one.reference: one for one in _services(rows)}
    return found


def services_of(connection: Connection, *, organisation_id: str) -> list[ServiceRecord]:
    """List an organisation's connections, closed ones too, by reference."""
    return _services(connection.execute(_SERVICES_OF, {"organisation": organisation_id}).mappings())


def list_services(connection: Connection) -> list[ServiceRecord]:
    """List all, by reference."""
    return _services(connection.execute(_SERVICES).mappings())


def close_service(connection: Connection, *, service_id: str) -> None:
    """Take a connection out of the choices of new tickets; the tickets that it has keep it."""
    connection.execute(_SET_SERVICE_ACTIVE, {"service": service_id, "claim": False})


def reopen_service(connection: Connection, *, service_id: str) -> None:
    """Offer a closed connection again."""
    connection.execute(_SET_SERVICE_ACTIVE, {"service": service_id, "claim": True})


def fold_reference(text: str) -> str:
    """Give what two ways of writing a reference have in common; takes anything that was typed."""
    return clean_line(text).upper()


def reference_of(text: str) -> str:
    """Give a reference as stored. Raises: InvalidReference."""
    reference = fold_reference(text)
    if len(reference) > REFERENCE_MAXIMUM or not _REFERENCE.fullmatch(reference):
        raise InvalidReference(reference[:REFERENCE_MAXIMUM])
    return reference


def _key(service: ServiceRecord) -> str:
    return fold(f"{service.reference} {service.label} {service.site} {service.offer}")


def _services(rows: Iterable[RowMapping]) -> list[ServiceRecord]:
    return [ServiceRecord(**row) for row in rows]
