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
    exists,
    literal_column,
    or_,
    select,
    union_all,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.desk.saved_views import SavedView, saved_views
from izarlink_tickets.directory import categories, full_label, organisations, services
from izarlink_tickets.domain.access import STAFF_ROLES
from izarlink_tickets.domain.vocabulary import Actor, Role, TicketType
from izarlink_tickets.event_store import log_head
from izarlink_tickets.projections.ticket_filters import LIVE, literal_text

# Each choice weighs some 35 bytes, compressed, on every page of the queue.
MAX_ORGANISATIONS = 100
# A company's people, on each page of its list.
MAX_REQUESTERS = 200
_CATEGORY, _SERVICE, _STAFF, _ORGANISATION, _CHOSEN, _SAVED_VIEW, _POSITION, _REQUESTER = range(8)

# Pairs of an id or code and its label, hashable as all choices are.
Labels = tuple[tuple[str, str], ...]


class ListChoices(NamedTuple):
    """The choices of a customer's filters.

    categories: codes with their full labels, as stored.
    requesters: ids with names, of a company's first people by name; for the company role alone.
    """

    categories: Labels
    services: tuple["ServiceChoice", ...]
    requesters: Labels = ()

    @property
    def has_lines(self) -> bool:
        """Whether there are several services to tell apart."""
        return len(self.services) > 1


class ServiceChoice(NamedTuple):
    """A service to filter by."""

    id: str
    reference: str
    label: str
    site: str


class QueueChoices(NamedTuple):
    """The choices of the desk's filters, and what else its queue shows.

    position: of the log, when this was read. staff: account ids with names.
    former_staff: the same, of closed accounts that still have tickets.
    organisations: ids with names; None where there are too many. chosen_organisation: its name, empty for none.
    """

    position: int
    saved_views: tuple[SavedView, ...]
    categories: Labels
    staff: Labels
    former_staff: Labels
    organisations: Labels | None
    chosen_organisation: str


def load_list_choices(connection: Connection, viewer: Actor) -> ListChoices:
    """Load the choices of a list, in the order of forms."""
    statement = _OF_COMPANY if viewer.role is Role.COMPANY else _OF_LIST
    values = {"organisation": viewer.organisation_id or "", "most": MAX_REQUESTERS}
    by_kind = _by_kind(statement.all(connection, values))
    of_services = tuple(ServiceChoice(row[1], row[4], row[2], row[3]) for row in by_kind[_SERVICE])
    return ListChoices(_labels(by_kind[_CATEGORY]), of_services, _labels(by_kind[_REQUESTER]))


def load_queue_choices(connection: Connection, viewer: Actor, *, organisation_id: str) -> QueueChoices:
    """Load the choices of the queue. organisation_id: of the chosen customer."""
    values = {"viewer": viewer.account_id, "chosen": organisation_id, "most": MAX_ORGANISATIONS + 1}
    by_kind = _by_kind(_OF_QUEUE.all(connection, values))
    few = _labels(by_kind[_ORGANISATION])
    return QueueChoices(
        position=int(by_kind[_POSITION][0][2]),
        saved_views=_saved_views(by_kind[_SAVED_VIEW]),
        categories=_labels(by_kind[_CATEGORY]),
        staff=_labels(row for row in by_kind[_STAFF] if not row[3]),
        former_staff=_labels(row for row in by_kind[_STAFF] if row[3]),
        organisations=few if len(few) <= MAX_ORGANISATIONS else None,
        chosen_organisation=next((row[2] for row in by_kind[_CHOSEN]), ""),
    )


def load_position(connection: Connection, viewer: Actor) -> tuple[int, tuple[SavedView, ...]]:
    """Load the position of the log and the viewer's saved views."""
    by_kind = _by_kind(_OF_POLL.all(connection, {"viewer": viewer.account_id}))
    return int(by_kind[_POSITION][0][2]), _saved_views(by_kind[_SAVED_VIEW])


def _saved_views(rows: Iterable[Any]) -> tuple[SavedView, ...]:
    return tuple(SavedView(row[1], row[2], row[3]) for row in rows)


def _by_kind(rows: Iterable[Any]) -> list[list[Any]]:
    by_kind: list[list[Any]] = [[] for _ in range(_REQUESTER + 1)]
    for row in rows:
        by_kind[row[0]].append(row)
    return by_kind


def _labels(rows: Iterable[Any]) -> Labels:
    return tuple((row[1], row[2]) for row in rows)


# --- the statements ---------------------------------------------------------------------------------------------------


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
    # Written out: a bound list of values is expanded anew for each page.
    is_staff = or_(*(accounts.c.role == literal_text(role.value) for role in sorted(STAFF_ROLES)))
    is_closed = case((accounts.c.active, ""), else_="1")
    people = _part(_STAFF, (accounts.c.id, accounts.c.name, is_closed), order=(accounts.c.email_folded, None))
    has_tickets = exists().where(LIVE.tickets.c.assignee_id == accounts.c.id)
    return people.where(is_staff, or_(accounts.c.active, has_tickets))


def _organisations() -> Select[Any]:
    named = (organisations.c.id, organisations.c.name, organisations.c.name_folded)
    few = select(*named).order_by(organisations.c.name_folded).limit(bindparam("most", type_=Integer)).subquery()
    return _part(_ORGANISATION, (few.c.id, few.c.name, None), order=(few.c.name_folded, None))


def _services() -> Select[Any]:
    service = services.c
    owned = _part(_SERVICE, (service.id, service.label, service.site), order=(service.reference, None))
    return owned.where(service.organisation_id == bindparam("organisation"))


def _requesters() -> Select[Any]:
    named = (accounts.c.id, accounts.c.name)
    first = select(*named).where(accounts.c.organisation_id == bindparam("organisation")).order_by(accounts.c.name)
    few = first.limit(bindparam("most", type_=Integer)).subquery()
    return _part(_REQUESTER, (few.c.id, few.c.name, None), order=(few.c.name, None))


def _ordered(*parts: Select[Any]) -> CompoundSelect[Any]:
    return union_all(*parts).order_by("kind", "place", "nth", "id")


def _of_poll() -> tuple[Select[Any], Select[Any]]:
    view = saved_views.c
    own = _part(_SAVED_VIEW, (view.id, view.name, view.query), order=(view.name_folded, None))
    position = _part(_POSITION, (None, log_head.c.position, None))
    return own.where(view.account_id == bindparam("viewer")), position


def _of_queue() -> CompoundSelect[Any]:
    chosen = _part(_CHOSEN, (organisations.c.id, organisations.c.name, None))
    return _ordered(
        _categories(),
        _staff(),
        _organisations(),
        chosen.where(organisations.c.id == bindparam("chosen")),
        *_of_poll(),
    )


_OF_LIST = PreparedStatement(_ordered(_categories(), _services()))
_OF_COMPANY = PreparedStatement(_ordered(_categories(), _services(), _requesters()))
_OF_POLL = PreparedStatement(_ordered(*_of_poll()))
_OF_QUEUE = PreparedStatement(_of_queue())
