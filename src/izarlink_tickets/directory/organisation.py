"""The customers' organisations: a plain table, changed in place (D7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
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
from izarlink_tickets.directory.lines import line_of, parts_of
from izarlink_tickets.directory.search import matches_words
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import clean_line, fold


@dataclass(eq=False)
class NameTaken(Refusal):
    """Another organisation has that name, perhaps in other capitals."""

    name: str


class OrganisationInactive(Refusal):
    """A customer that was deactivated is given no accounts and no connections."""


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
    # What a search looks in and lists are sorted by: without accents or case.
    Column("search_key", Text),
    Column("created_at", Timestamp, nullable=False),
    Column("active", Boolean, nullable=False),
)
# « Clients », by name.
Index(None, organisations.c.search_key, organisations.c.id)


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
_INSERT = insert(organisations)
_OF_ORGANISATION = update(organisations).where(organisations.c.id == bindparam("organisation"))
_RENAME = _OF_ORGANISATION.values(
    name=bindparam("to_name"), name_folded=bindparam("to_folded"), search_key=bindparam("to_key")
)
_SET_ACTIVE = _OF_ORGANISATION.values(active=bindparam("claim"))
_ORGANISATION = _ORGANISATIONS.where(organisations.c.id == bindparam("id"))
_ORGANISATIONS_NAMED = _ORGANISATIONS.where(organisations.c.name_folded.in_(bindparam("names", expanding=True)))
_ORGANISATION_NAMED = _ORGANISATIONS.where(organisations.c.name_folded == bindparam("folded"))


def create_organisation(connection: Connection, *, name: str, now: datetime) -> Organisation:
    """Add a customer company. Raises: TextMissing, TextTooLong, NameTaken."""
    created = new_organisation(name, now=now)
    _refuse_taken(connection, created.name, of_id=created.id)
    insert_organisations(connection, [created])
    return created


def new_organisation(name: str, *, now: datetime) -> Organisation:
    """Give a customer as it will be stored. Raises: TextMissing, TextTooLong."""
    return Organisation(str(uuid4()), organisation_name_of(name), now, active=True)


def insert_organisations(connection: Connection, created: Sequence[Organisation]) -> None:
    """Store organisations whose names were looked at before."""
    rows = [{name: getattr(one, name) for name in Organisation.__slots__} | _names(one.name) for one in created]
    connection.execute(_INSERT, rows)


def rename_organisation(connection: Connection, *, organisation_id: str, name: str) -> None:
    """Call a customer otherwise. Raises: TextMissing, TextTooLong, NameTaken."""
    name = organisation_name_of(name)
    _refuse_taken(connection, name, of_id=organisation_id)
    names = _names(name)
    connection.execute(
        _RENAME,
        {
            "organisation": organisation_id,
            "to_name": name,
            "to_folded": names["name_folded"],
            "to_key": names["search_key"],
        },
    )


def deactivate_organisation(connection: Connection, *, organisation_id: str) -> None:
    """Keep a customer who left out of every choice. Its accounts are the caller's."""
    connection.execute(_SET_ACTIVE, {"organisation": organisation_id, "claim": False})


def reactivate_organisation(connection: Connection, *, organisation_id: str) -> None:
    connection.execute(_SET_ACTIVE, {"organisation": organisation_id, "claim": True})


def organisation_name_of(text: str) -> str:
    """Give a name as stored, 1–100 characters. Raises: TextMissing, TextTooLong."""
    return line_of(text, field="name")


def fold_name(text: str) -> str:
    """Give what two ways of writing a customer's name have in common; takes anything that was typed."""
    return clean_line(text).casefold()


def find_organisation(connection: Connection, *, organisation_id: str) -> Organisation | None:
    return next(iter(_organisations(connection.execute(_ORGANISATION, {"id": organisation_id}).mappings())), None)


def lock_organisation(connection: Connection, *, organisation_id: str) -> Organisation:
    """Give an organisation that nobody else changes before this transaction ends. Raises: UnknownOrganisation."""
    rows = connection.execute(_ORGANISATION.with_for_update(), {"id": organisation_id}).mappings()
    found = next(iter(_organisations(rows)), None)
    if found is None:
        raise UnknownOrganisation(organisation_id)
    return found


def organisation_named(connection: Connection, *, name: str) -> Organisation:
    """Find an organisation by its name, in whatever capitals. Raises: UnknownOrganisation."""
    found = _organisations(connection.execute(_ORGANISATION_NAMED, {"folded": fold_name(name)}).mappings())
    if not found:
        raise UnknownOrganisation(name)
    return found[0]


def organisations_named(connection: Connection, *, names: Iterable[str]) -> dict[str, Organisation]:
    """Find many organisations, each by its folded name; those that don't exist are left out."""
    found: dict[str, Organisation] = {}
    for part in parts_of({fold_name(name) for name in names}):
        rows = connection.execute(_ORGANISATIONS_NAMED, {"names": part}).mappings()
        found |= {fold_name(one.name): one for one in _organisations(rows)}
    return found


def list_organisations(connection: Connection) -> list[Organisation]:
    """List all, by name."""
    return _organisations(connection.execute(_ORGANISATIONS).mappings())


def few_organisations(connection: Connection, *, at_most: int) -> list[Organisation] | None:
    """List all, by name; None where there are more than that."""
    found = _organisations(connection.execute(_ORGANISATIONS.limit(at_most + 1)).mappings())
    return found if len(found) <= at_most else None


def organisations_like(connection: Connection, *, words: str, at_most: int) -> list[Organisation]:
    """List, by name, those whose names hold every word; the one that is called exactly so alone."""
    named = _organisations(connection.execute(_ORGANISATION_NAMED, {"folded": fold_name(words)}).mappings())
    like = _ORGANISATIONS.where(matches_words(words, organisations.c.search_key)).limit(at_most)
    return named or _organisations(connection.execute(like).mappings())


def _refuse_taken(connection: Connection, name: str, *, of_id: str) -> None:
    found = _organisations(connection.execute(_ORGANISATION_NAMED, {"folded": fold_name(name)}).mappings())
    if any(one.id != of_id for one in found):
        raise NameTaken(name)


def _names(name: str) -> dict[str, str]:
    return {"name_folded": fold_name(name), "search_key": fold(name)}


def _organisations(rows: Iterable[RowMapping]) -> list[Organisation]:
    return [Organisation(**row) for row in rows]
