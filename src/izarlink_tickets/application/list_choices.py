"""The choices around a list of tickets, in one statement."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Select,
    Text,
    bindparam,
    case,
    cast,
    literal_column,
    select,
    union_all,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.desk.saved_views import SavedView, saved_views
from izarlink_tickets.directory import categories, full_label, organisations, services
from izarlink_tickets.domain.access import STAFF_ROLES
from izarlink_tickets.domain.vocabulary import Actor, TicketType
from izarlink_tickets.event_store import log_head

# Each choice weighs some 35 bytes, compressed, on every page of the queue.
MAX_ORGANISATIONS = 100
_CATEGORY, _SERVICE, _STAFF, _ORGANISATION, _CHOSEN, _SAVED_VIEW, _POSITION = range(7)

# Pairs of an id or code and its label, hashable as all choices are.
Labels = tuple[tuple[str, str], ...]


class ListChoices(NamedTuple):
    """The choices of a customer's filters.

    categories: codes with their full labels, as stored.
    """

    categories: Labels
    services: tuple["ServiceChoice", ...]


class ServiceChoice(NamedTuple):
    """A service to filter by."""

    id: str
    reference: str
    label: str


class QueueChoices(NamedTuple):
    """The choices of the desk's filters, and what else its queue shows.

    position: of the log, when this was read. staff: account ids with names.
    organisations: ids with names; None where there are too many. chosen_organisation: its name, empty for none.
    """

    position: int
    saved_views: tuple[SavedView, ...]
    categories: Labels
    staff: Labels
    organisations: Labels | None
    chosen_organisation: str


def load_list_choices(connection: Connection, viewer: Actor) -> ListChoices:
    """Load the choices of a list, in the order of forms."""
    by_kind = _by_kind(connection.execute(_OF_LIST, {"organisation": viewer.organisation_id or ""}).all())
    of_services = tuple(ServiceChoice(row[1], row[2], row[3]) for row in by_kind[_SERVICE])
    return ListChoices(_labels(by_kind[_CATEGORY]), of_services)


def load_queue_choices(connection: Connection, viewer: Actor, *, organisation_id: str) -> QueueChoices:
    """Load the choices of the queue. organisation_id: of the chosen customer."""
    values = {"viewer": viewer.account_id, "chosen": organisation_id, "most": MAX_ORGANISATIONS + 1}
    by_kind = _by_kind(connection.execute(_OF_QUEUE, values).all())
    few = _labels(by_kind[_ORGANISATION])
    return QueueChoices(
        position=int(by_kind[_POSITION][0][2]),
        saved_views=tuple(SavedView(row[1], row[2], row[3]) for row in by_kind[_SAVED_VIEW]),
        categories=_labels(by_kind[_CATEGORY]),
        staff=_labels(by_kind[_STAFF]),
        organisations=few if len(few) <= MAX_ORGANISATIONS else None,
        chosen_organisation=next((row[2] for row in by_kind[_CHOSEN]), ""),
    )


def _by_kind(rows: Iterable[Any]) -> list[list[Any]]:
    by_kind: list[list[Any]] = [[] for _ in range(_POSITION + 1)]
    for row in rows:
        by_kind[row[0]].append(row)
    return by_kind


def _labels(rows: Iterable[Any]) -> Labels:
    return tuple((row[1], row[2]) for row in rows)


# --- the statements, built once ---------------------------------------------------------------------------------------


def _part(kind: int, columns: tuple[Any, Any, Any], *, order: tuple[Any, Any] = (None, None)) -> Select[Any]:
    """Select an id and two texts.

    order: a text and a number to sort by.
    """
    none, zero = literal_column("''", Text), literal_column("0", Integer)
    texts = [none if column is None else cast(column, Text) for column in columns]
    first, second = order
    selected: list[ColumnElement[Any]] = [
        literal_column(str(kind), Integer).label("kind"),
        *(text.label(name) for text, name in zip(texts, ("id", "name", "more"), strict=True)),
        (none if first is None else first).label("place"),
        (zero if second is None else second).label("nth"),
    ]
    return select(*selected)


def _categories() -> Select[Any]:
    # Incidents before requests, as in the guide.
    is_incident = case((categories.c.ticket_type == TicketType.INCIDENT.value, "0"), else_="1")
    return _part(_CATEGORY, (categories.c.code, full_label, None), order=(is_incident, categories.c.rank))


def _staff() -> Select[Any]:
    is_staff: ColumnElement[bool] = accounts.c.role.in_([role.value for role in sorted(STAFF_ROLES)])
    people = _part(_STAFF, (accounts.c.id, accounts.c.name, None), order=(accounts.c.email_folded, None))
    return people.where(is_staff, accounts.c.active)


def _organisations() -> Select[Any]:
    named = (organisations.c.id, organisations.c.name, organisations.c.name_folded)
    few = select(*named).order_by(organisations.c.name_folded).limit(bindparam("most", type_=Integer)).subquery()
    return _part(_ORGANISATION, (few.c.id, few.c.name, None), order=(few.c.name_folded, None))


def _of_list() -> CompoundSelect[Any]:
    service = services.c
    owned = _part(_SERVICE, (service.id, service.reference, service.label), order=(service.reference, None))
    parts = union_all(_categories(), owned.where(service.organisation_id == bindparam("organisation")))
    return parts.order_by("kind", "place", "nth", "id")


def _of_queue() -> CompoundSelect[Any]:
    chosen = _part(_CHOSEN, (organisations.c.id, organisations.c.name, None))
    own = _part(
        _SAVED_VIEW,
        (saved_views.c.id, saved_views.c.name, saved_views.c.query),
        order=(saved_views.c.name_folded, None),
    )
    parts = union_all(
        _categories(),
        _staff(),
        _organisations(),
        chosen.where(organisations.c.id == bindparam("chosen")),
        own.where(saved_views.c.account_id == bindparam("viewer")),
        _part(_POSITION, (None, log_head.c.position, None)),
    )
    return parts.order_by("kind", "place", "nth", "id")


_OF_LIST = _of_list()
_OF_QUEUE = _of_queue()
