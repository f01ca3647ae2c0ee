"""The table of contracted services, changed in place.

Source: the guide, « sur votre (vos) connexion(s) ».
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Select,
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
from izarlink_tickets.domain.text import comparable, fold, plain_dashes

# Groups of letters and digits as on the contract, such as « FTTO-00417 ».
_REFERENCE = re.compile("[A-Z0-9]+(?:[-./][A-Z0-9]+)*")
REFERENCE_MAXIMUM = 40


@dataclass(eq=False)
class ReferenceTaken(Refusal):
    """Another service has this reference, maybe in another organisation."""

    reference: str


@dataclass(eq=False)
class UnknownService(Refusal):
    """No service has this reference or id."""

    reference: str


@dataclass(eq=False)
class InvalidReference(Refusal):
    """Not a reference: groups of letters and digits, at most 40 characters."""

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
    # Reference, label, site and offer without accents or case, for searching.
    Column("search_key", Text),
)
# Serves the choice of services for a new ticket.
Index(None, services.c.organisation_id, services.c.reference)


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A contracted service. site, offer: empty if unknown."""

    id: str
    reference: str
    organisation_id: str
    label: str
    site: str
    offer: str
    active: bool


# Built once: the form of a new ticket and the ticket page run these.
_SERVICES = select(*(services.c[name] for name in ServiceRecord.__slots__)).order_by(services.c.reference)
_SERVICE = _SERVICES.where(services.c.id == bindparam("id"))
_SERVICES_OF = _SERVICES.where(services.c.organisation_id == bindparam("organisation"))


def create_service(
    connection: Connection, *, reference: str, organisation_id: str, label: str, site: str = "", offer: str = ""
) -> ServiceRecord:
    """Add a service to an organisation.

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
    """Build a new service. Raises: InvalidReference, TextMissing, TextTooLong."""
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
    """Insert services; the caller has checked their references and organisations."""
    rows = [
        {field: getattr(service, field) for field in ServiceRecord.__slots__} | {"search_key": _search_key(service)}
        for service in created
    ]
    connection.execute(insert(services), rows)


def update_services(connection: Connection, changed: Sequence[ServiceRecord]) -> None:
    """Store label, site and offer, the only texts that change."""
    texts = ("label", "site", "offer")
    rows = [
        {name: getattr(service, name) for name in texts} | {"of_id": service.id, "search_key": _search_key(service)}
        for service in changed
    ]
    connection.execute(update(services).where(services.c.id == bindparam("of_id")), rows)


def with_texts(service: ServiceRecord, *, label: str, site: str, offer: str) -> ServiceRecord:
    """Return the service with other texts. Raises: TextMissing, TextTooLong."""
    return replace(
        service,
        label=line_of(label, field="label"),
        site=optional_line_of(site, field="site"),
        offer=optional_line_of(offer, field="offer"),
    )


def lock_service(connection: Connection, *, service_id: str) -> ServiceRecord:
    """Lock a service until the transaction ends, and return it. Raises: UnknownService."""
    service = next(iter(_load(connection, _SERVICE.with_for_update(), id=service_id)), None)
    if service is None:
        raise UnknownService(service_id)
    return service


def find_service(connection: Connection, *, service_id: str) -> ServiceRecord | None:
    return next(iter(_load(connection, _SERVICE, id=service_id)), None)


def find_service_by_reference(connection: Connection, *, reference: str) -> ServiceRecord | None:
    return next(iter(_load(connection, _SERVICES.where(services.c.reference == fold_reference(reference)))), None)


def services_by_reference(connection: Connection, *, references: Iterable[str]) -> dict[str, ServiceRecord]:
    """Return the existing services among these references, by reference."""
    by_reference: dict[str, ServiceRecord] = {}
    for batch in batches_of({fold_reference(reference) for reference in references}):
        existing = _load(connection, _SERVICES.where(services.c.reference.in_(batch)))
        by_reference |= {service.reference: service for service in existing}
    return by_reference


def services_of(connection: Connection, *, organisation_id: str) -> list[ServiceRecord]:
    """Return an organisation's services by reference, including closed ones."""
    return _load(connection, _SERVICES_OF, organisation=organisation_id)


def list_services(connection: Connection) -> list[ServiceRecord]:
    """Return all services by reference."""
    return _load(connection, _SERVICES)


def close_service(connection: Connection, *, service_id: str) -> None:
    """Remove a service from the choices; existing tickets keep it."""
    connection.execute(update(services).where(services.c.id == service_id).values(active=False))


def reopen_service(connection: Connection, *, service_id: str) -> None:
    """Offer a closed service for new tickets again."""
    connection.execute(update(services).where(services.c.id == service_id).values(active=True))


def fold_reference(text: str) -> str:
    """Fold a typed reference for comparison."""
    return comparable(plain_dashes(text)).upper()


def reference_of(text: str) -> str:
    """Parse a reference. Raises: InvalidReference."""
    reference = fold_reference(text)
    if len(reference) > REFERENCE_MAXIMUM or not _REFERENCE.fullmatch(reference):
        raise InvalidReference(reference[:REFERENCE_MAXIMUM])
    return reference


def _search_key(service: ServiceRecord) -> str:
    return fold(f"{service.reference} {service.label} {service.site} {service.offer}")


def _load(connection: Connection, statement: Select[Any], **values: object) -> list[ServiceRecord]:
    return [ServiceRecord(**row) for row in connection.execute(statement, values).mappings()]
