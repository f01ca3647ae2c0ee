"""The table of customer organisations, changed in place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
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

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.directory.lines import batches_of, line_of
from izarlink_tickets.directory.search import matches_words
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import comparable, fold


@dataclass(eq=False)
class NameTaken(Refusal):
    """Another organisation has this name; case is ignored."""

    name: str


class OrganisationInactive(Refusal):
    """A deactivated customer gets no new accounts and services."""


@dataclass(eq=False)
class UnknownOrganisation(Refusal):
    """No organisation has this name or id."""

    name: str


organisations = Table(
    "organisations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    # Case is ignored: readers would take « ETXEA » and « Etxea » for one customer.
    Column("name_folded", Text, nullable=False, unique=True),
    # The name without accents or case, for searching and sorting.
    Column("search_key", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("active", Boolean, nullable=False),
)
# Serves « Clients », sorted by name.
Index(None, organisations.c.search_key, organisations.c.id)


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer company; nobody sees another company's tickets. created_at: aware UTC."""

    id: str
    name: str
    created_at: datetime
    active: bool


# Built once: the desk's lists and pages run these.
_ORGANISATIONS = select(*(organisations.c[name] for name in Organisation.__slots__)).order_by(
    organisations.c.name_folded
)
_ORGANISATION = _ORGANISATIONS.where(organisations.c.id == bindparam("id"))


def create_organisation(connection: Connection, *, name: str, now: datetime) -> Organisation:
    """Add a customer company. Raises: TextMissing, TextTooLong, NameTaken."""
    created = new_organisation(name, now=now)
    _require_free_name(connection, created.name, of_id=created.id)
    insert_organisations(connection, [created])
    return created


def new_organisation(name: str, *, now: datetime) -> Organisation:
    """Build a new customer. Raises: TextMissing, TextTooLong."""
    return Organisation(str(uuid4()), organisation_name_of(name), now, active=True)


def insert_organisations(connection: Connection, created: Sequence[Organisation]) -> None:
    """Insert organisations; the caller has checked their names."""
    rows = [
        {field: getattr(organisation, field) for field in Organisation.__slots__} | _names(organisation.name)
        for organisation in created
    ]
    connection.execute(insert(organisations), rows)


def rename_organisation(connection: Connection, *, organisation_id: str, name: str) -> None:
    """Rename a customer. Raises: TextMissing, TextTooLong, NameTaken."""
    name = organisation_name_of(name)
    _require_free_name(connection, name, of_id=organisation_id)
    _update(connection, organisation_id, name=name, **_names(name))


def deactivate_organisation(connection: Connection, *, organisation_id: str) -> None:
    """Remove a former customer from all choices. The caller deactivates its accounts."""
    _update(connection, organisation_id, active=False)


def reactivate_organisation(connection: Connection, *, organisation_id: str) -> None:
    _update(connection, organisation_id, active=True)


def organisation_name_of(text: str) -> str:
    """Parse an organisation's name, 1–100 characters. Raises: TextMissing, TextTooLong."""
    return line_of(text, field="name")


def fold_name(text: str) -> str:
    """Fold a typed name for comparison."""
    return comparable(text)


def find_organisation(connection: Connection, *, organisation_id: str) -> Organisation | None:
    return next(iter(_load(connection, _ORGANISATION, id=organisation_id)), None)


def lock_organisation(connection: Connection, *, organisation_id: str) -> Organisation:
    """Lock an organisation until the transaction ends, and return it. Raises: UnknownOrganisation."""
    organisation = next(iter(_load(connection, _ORGANISATION.with_for_update(), id=organisation_id)), None)
    if organisation is None:
        raise UnknownOrganisation(organisation_id)
    return organisation


def organisation_by_name(connection: Connection, *, name: str) -> Organisation:
    """Return the organisation with this name; case is ignored. Raises: UnknownOrganisation."""
    organisation = _find_by_name(connection, name)
    if organisation is None:
        raise UnknownOrganisation(name)
    return organisation


def organisations_by_name(connection: Connection, *, names: Iterable[str]) -> dict[str, Organisation]:
    """Return the existing organisations among these names, by folded name."""
    by_name: dict[str, Organisation] = {}
    for batch in batches_of({fold_name(name) for name in names}):
        existing = _load(connection, _ORGANISATIONS.where(organisations.c.name_folded.in_(batch)))
        by_name |= {fold_name(organisation.name): organisation for organisation in existing}
    return by_name


def list_organisations(connection: Connection) -> list[Organisation]:
    """Return all organisations by name."""
    return _load(connection, _ORGANISATIONS)


def few_organisations(connection: Connection, *, at_most: int) -> list[Organisation] | None:
    """Return all organisations by name; None above `at_most`."""
    few = _load(connection, _ORGANISATIONS.limit(at_most + 1))
    return few if len(few) <= at_most else None


def search_organisations(connection: Connection, *, words: str, at_most: int) -> list[Organisation]:
    """Return the organisations whose names contain every word; an exact match alone."""
    if exact := _find_by_name(connection, words):
        return [exact]
    has_words = matches_words(words, organisations.c.search_key)
    return _load(connection, _ORGANISATIONS.where(has_words).limit(at_most))


def _find_by_name(connection: Connection, name: str) -> Organisation | None:
    return next(iter(_load(connection, _ORGANISATIONS.where(organisations.c.name_folded == fold_name(name)))), None)


def _require_free_name(connection: Connection, name: str, *, of_id: str) -> None:
    owner = _find_by_name(connection, name)
    if owner and owner.id != of_id:
        raise NameTaken(name)


def _update(connection: Connection, organisation_id: str, **values: object) -> None:
    connection.execute(update(organisations).where(organisations.c.id == organisation_id).values(**values))


def _names(name: str) -> dict[str, str]:
    return {"name_folded": fold_name(name), "search_key": fold(name)}


def _load(connection: Connection, statement: Select[Any], **values: object) -> list[Organisation]:
    return [Organisation(**row) for row in connection.execute(statement, values).mappings()]
