"""The people and choices on a ticket's desk page, in two statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement, Timestamp
from izarlink_tickets.desk.canned_responses import canned_responses
from izarlink_tickets.desk.presences import LIFETIME, presences
from izarlink_tickets.directory import CategoryRecord, ServiceRecord, categories, services
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor, TicketType
from izarlink_tickets.projections.ticket_queries import LIVE, TicketRow

# Each adds about 50 bytes, compressed, to two lists.
PEOPLE_OFFERED = 100

_STAFF, _MEMBER, _WATCHER, _PRESENT, _REFERRED = range(5)
_SERVICE, _CATEGORY, _RESPONSE = range(3)


class PersonOfTicket(NamedTuple):
    """An account as the ticket's page shows it."""

    id: str
    name: str
    email: str
    phone: str
    active: bool


class ResponseChoice(NamedTuple):
    """A canned response to insert."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class TicketPeople:
    """The people around a ticket, by address.

    staff: possible assignees. members: all accounts of the customer; None where there are too many for a list.
    present: who else has the ticket open, with the code of what they write.
    own_presence: code and time of the viewer's last presence.
    referred: by id, the requester among them.
    """

    staff: tuple[PersonOfTicket, ...]
    members: tuple[PersonOfTicket, ...] | None
    watchers: tuple[PersonOfTicket, ...]
    present: tuple[tuple[str, str], ...]
    own_presence: tuple[str, datetime] | None
    referred: dict[str, PersonOfTicket]


@dataclass(frozen=True, slots=True)
class TicketChoices:
    """Services, categories and active canned responses, in the order of the forms."""

    services: tuple[ServiceRecord, ...]
    categories: tuple[CategoryRecord, ...]
    responses: tuple[ResponseChoice, ...]


def load_people(
    connection: Connection, viewer: Actor, ticket: TicketRow, *, ids: Collection[str], now: datetime
) -> TicketPeople:
    """Load the people around a ticket that the viewer sees.

    ids: further accounts. now: aware UTC. Raises: NotAllowed.
    """
    access.require(allowed=access.is_staff(viewer))
    values = {
        "of_organisation": ticket.organisation_id,
        "of_number": ticket.number,
        "of_account": viewer.account_id,
        "since": now - LIFETIME,
        "ids": sorted({ticket.requester_id, *ids}),
    }
    by_kind = _by_kind(map(_PersonRow._make, _PEOPLE.all(connection, values)))
    present = by_kind[_PRESENT]
    members = _people(by_kind[_MEMBER])
    return TicketPeople(
        staff=_people(by_kind[_STAFF]),
        members=members if len(members) <= PEOPLE_OFFERED else None,
        watchers=_people(by_kind[_WATCHER]),
        present=tuple(sorted((row.name, row.writing) for row in present if row.id != viewer.account_id)),
        own_presence=next(((row.writing, row.seen_at) for row in present if row.id == viewer.account_id), None),
        referred={person.id: person for person in _people(by_kind[_REFERRED])},
    )


def load_choices(connection: Connection, *, organisation_id: str) -> TicketChoices:
    """Load what the forms of a ticket of this customer offer."""
    by_kind = _by_kind(map(_ChoiceRow._make, _CHOICES.all(connection, {"of_organisation": organisation_id})))
    return TicketChoices(
        services=tuple(_service(row) for row in by_kind[_SERVICE]),
        categories=tuple(_category(row) for row in by_kind[_CATEGORY]),
        responses=tuple(ResponseChoice(row.key, row.text) for row in by_kind[_RESPONSE]),
    )


def _by_kind(rows: Iterable[Any]) -> dict[int, list[Any]]:
    by_kind: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    return by_kind


def _people(rows: Iterable[Any]) -> tuple[PersonOfTicket, ...]:
    return tuple(PersonOfTicket(row.id, row.name, row.email, row.phone, row.active) for row in rows)


def _service(row: "_ChoiceRow") -> ServiceRecord:
    return ServiceRecord(row.key, row.text, row.owner, row.label, row.site, "", row.active)


def _category(row: "_ChoiceRow") -> CategoryRecord:
    return CategoryRecord(
        row.key, TicketType(row.owner), row.text, row.label, row.default_impact, row.place, row.active
    )


# --- the statements ---------------------------------------------------------------------------------------------------


class _PersonRow(NamedTuple):
    """A row of `_PEOPLE`."""

    kind: int
    id: str
    name: str
    email: str
    phone: str
    active: bool
    email_folded: str
    writing: str
    seen_at: datetime


class _ChoiceRow(NamedTuple):
    """A row of `_CHOICES`."""

    kind: int
    nth: int
    key: str
    text: str
    owner: str
    label: str
    site: str
    default_impact: int
    place: int
    active: bool


def _people_of(kind: int, *conditions: ColumnElement[bool], joined: FromClause = accounts) -> Select[Any]:
    is_present = kind == _PRESENT
    return (
        select(
            literal_column(str(kind)).label("kind"),
            *(accounts.c[name] for name in ("id", "name", "email", "phone", "active", "email_folded")),
            (presences.c.writing if is_present else cast(null(), Text)).label("writing"),
            (presences.c.seen_at if is_present else cast(null(), Timestamp)).label("seen_at"),
        )
        .select_from(joined)
        .where(*conditions)
    )


def _people_statement() -> CompoundSelect[Any]:
    is_of_customer = accounts.c.organisation_id == bindparam("of_organisation")
    some_members = select(accounts.c.id).where(is_of_customer).limit(PEOPLE_OFFERED + 1)
    watchers = select(LIVE.watchers.c.account_id).where(LIVE.watchers.c.number == bindparam("of_number"))
    is_own = presences.c.account_id == bindparam("of_account")
    is_present = and_(presences.c.seen_at > bindparam("since"), accounts.c.active)
    return union_all(
        _people_of(_STAFF, accounts.c.role.in_([role.value for role in sorted(access.STAFF_ROLES)]), accounts.c.active),
        _people_of(_MEMBER, accounts.c.id.in_(some_members)),
        _people_of(_WATCHER, accounts.c.id.in_(watchers)),
        _people_of(_REFERRED, accounts.c.id.in_(bindparam("ids", expanding=True))),
        _people_of(
            _PRESENT,
            presences.c.number == bindparam("of_number"),
            or_(is_own, is_present),
            joined=accounts.join(presences, presences.c.account_id == accounts.c.id),
        ),
    ).order_by("email_folded")


def _choices_of(kind: int, *order: ColumnElement[Any], **columns: ColumnElement[Any]) -> Select[Any]:
    texts = ("key", "text", "owner", "label", "site")
    return select(
        literal_column(str(kind)).label("kind"),
        func.row_number().over(order_by=order).label("nth"),
        *(columns.get(name, cast(null(), Text)).label(name) for name in texts),
        *(columns.get(name, cast(null(), Integer)).label(name) for name in ("default_impact", "place")),
        columns["active"].label("active"),
    )


def _choices_statement() -> CompoundSelect[Any]:
    service, category, response = services.c, categories.c, canned_responses.c
    return union_all(
        _choices_of(
            _SERVICE,
            service.reference,
            key=service.id,
            text=service.reference,
            owner=service.organisation_id,
            label=service.label,
            site=service.site,
            active=service.active,
        ).where(service.organisation_id == bindparam("of_organisation")),
        _choices_of(
            _CATEGORY,
            category.ticket_type.desc(),
            category.rank,
            category.code,
            key=category.code,
            text=category.label,
            owner=category.ticket_type,
            label=category.group_label,
            default_impact=category.default_impact,
            place=category.rank,
            active=category.active,
        ),
        _choices_of(
            _RESPONSE, response.place, response.title, key=response.id, text=response.title, active=response.active
        ).where(response.active),
    ).order_by("kind", "nth")


_PEOPLE = PreparedStatement(_people_statement())
_CHOICES = PreparedStatement(_choices_statement())
