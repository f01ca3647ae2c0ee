"""Queries of the ticket list: one ticket, a page of tickets.

Each takes the viewer and filters by right in SQL.
"""

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    String,
    and_,
    bindparam,
    false,
    null,
    or_,
    select,
    true,
)

from izarlink_tickets.accounts import accounts
from izarlink_tickets.accounts.ticket_visits import ticket_visits
from izarlink_tickets.database import PreparedStatement, time_of
from izarlink_tickets.database.paging import (
    FIRST_PAGE,
    PAGE_SIZE,
    Order,
    Page,
    PageRequest,
    SortKey,
    page_reader,
    parse_integer,
    parse_large_integer,
)
from izarlink_tickets.directory import categories, full_label, organisations, services
from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State
from izarlink_tickets.projections.queue_rank import queue_rank
from izarlink_tickets.projections.search_terms import MAX_FOUND
from izarlink_tickets.projections.ticket_counts import count_by_state, count_each
from izarlink_tickets.projections.ticket_filters import LIVE, TicketFilter, shape_of, values_of
from izarlink_tickets.projections.ticket_pages import PageShape, path_of, raw, select_page, sorted_by

# The filter and the counts are imported from here too.
__all__ = [
    "DEFAULT_ORDER",
    "LIVE",
    "MAX_FOUND",
    "MAX_SEARCH",
    "ORDERS",
    "PAGE_SIZE",
    "TicketFilter",
    "TicketRow",
    "count_by_state",
    "count_each",
    "existing_ticket",
    "find_ticket",
    "list_tickets",
    "list_unfinished_of",
    "watchers_of",
]

_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_requester = accounts.alias("requester")
_assignee = accounts.alias("assignee")


class TicketRow(NamedTuple):
    """A ticket as lists and page heads show it.

    A tuple as the database returns it: a page shows most of its rows again without reading their values.
    …_us: microseconds since 1970, as stored; the properties of the same times are aware UTC.
    title: None once erased.
    service_id: None for « Autre / je ne sais pas ».
    category_label: with its group.
    unanswered_since: since when the customer waits for an answer.
    news_version, news_actor_id: of the latest public event. seen_version: what the viewer has seen, a customer.
    closes_on: the day of the automatic closing that a reminder has named, ISO 8601.
    customer_is_silent: support was told that no answer is to be expected.
    """

    number: int
    version: int
    title: str | None
    ticket_type: str
    category: str
    category_label: str | None
    urgency: int | None
    impact: int
    priority: int
    state: str
    awaiting: str | None
    state_since_us: int
    opened_us: int
    last_activity_us: int
    unanswered_since_us: int | None
    organisation_id: str
    organisation_name: str
    requester_id: str
    requester_name: str
    requester_is_active: bool
    assignee_id: str | None
    assignee_name: str | None
    assignee_is_active: bool | None
    service_id: str | None
    service_reference: str | None
    service_label: str | None
    service_site: str | None
    related_to: int | None
    solution_version: int
    solution_entry: int | None
    solution_author_id: str | None
    staff_has_acted: bool
    cancellation_is_requested: bool
    news_version: int
    news_actor_id: str
    seen_version: int | None
    closes_on: str | None
    customer_is_silent: bool

    @property
    def state_since(self) -> datetime:
        return time_of(self.state_since_us)

    @property
    def opened_at(self) -> datetime:
        return time_of(self.opened_us)

    @property
    def last_activity_at(self) -> datetime:
        return time_of(self.last_activity_us)

    @property
    def unanswered_since(self) -> datetime | None:
        return None if self.unanswered_since_us is None else time_of(self.unanswered_since_us)

    @property
    def title_folded(self) -> str:
        """The title as lists sort it."""
        return fold(self.title or "")

    @property
    def urgency_rank(self) -> int:
        """The urgency as lists sort it.

        A Demande, which has none, ranks lowest.
        """
        return self.urgency or 0

    @property
    def queue_rank(self) -> int:
        """The place in the desk's queue."""
        return queue_rank(priority=self.priority, unanswered_since=self.unanswered_since, opened_at=self.opened_at)


def _parse_state(value: object) -> str:
    """Parse a state's code. Raises: ValueError."""
    return State(str(value)).value


_NUMBER = SortKey(_tickets.number, "number", parse_integer)


def _both_directions(name: str, *keys: SortKey) -> dict[str, Order]:
    order = Order((*keys, _NUMBER))
    return {name: order, f"-{name}": order.reversed()}


# By the code in the URL.
ORDERS = {
    **_both_directions("activite", SortKey(_tickets.last_activity_at, "last_activity_us", parse_large_integer)),
    # Tickets are numbered as they are opened.
    **_both_directions("ouverture"),
    **_both_directions("numero"),
    **_both_directions("titre", SortKey(_tickets.title_folded, "title_folded")),
    **_both_directions("etat", SortKey(_tickets.state, "state", _parse_state)),
    **_both_directions("urgence", SortKey(_tickets.urgency_rank, "urgency_rank", parse_integer)),
    # The desk's: the highest priority first, and within it the customer who has waited longest for an answer.
    "-priorite": Order((SortKey(_tickets.queue_rank, "queue_rank", parse_large_integer), _NUMBER)),
}
DEFAULT_ORDER = "-activite"

_OTHER_COLUMNS = {
    "state_since_us": raw("state_since"),
    "opened_us": raw("opened_at"),
    "last_activity_us": raw("last_activity_at"),
    "unanswered_since_us": raw("unanswered_since"),
    "organisation_name": organisations.c.name,
    "requester_name": _requester.c.name,
    "requester_is_active": _requester.c.active,
    "assignee_name": _assignee.c.name,
    "assignee_is_active": _assignee.c.active,
    "service_reference": services.c.reference,
    "service_label": services.c.label,
    "service_site": services.c.site,
    "category_label": full_label,
}
_SEEN = select(ticket_visits.c.version).where(
    ticket_visits.c.account_id == bindparam("viewer", type_=String), ticket_visits.c.number == _tickets.number
)


def _columns(**others: ColumnElement[Any]) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a row.

    others: not the table's, by name.
    """
    others = _OTHER_COLUMNS | others
    return tuple(others[name].label(name) if name in others else _tickets[name] for name in TicketRow._fields)


_COLUMNS = _columns(seen_version=null())
_COLUMNS_IN = dict.fromkeys(Scope, _COLUMNS) | dict.fromkeys(
    (Scope.ORGANISATION, Scope.OWN), _columns(seen_version=_SEEN.scalar_subquery())
)


def _with_names(tickets: FromClause) -> FromClause:
    """Join the names that rows show."""
    return (
        tickets.join(organisations, organisations.c.id == _tickets.organisation_id)
        .join(_requester, _requester.c.id == _tickets.requester_id)
        .outerjoin(_assignee, _assignee.c.id == _tickets.assignee_id)
        .outerjoin(services, services.c.id == _tickets.service_id)
        .outerjoin(categories, categories.c.code == _tickets.category)
    )


_WATCHERS = PreparedStatement(select(_watchers.account_id).where(_watchers.number == bindparam("of_number")))
_SELECT = select(*_COLUMNS).select_from(_with_names(LIVE.tickets))


@lru_cache(maxsize=512)
def _select_rows(shape: PageShape) -> PreparedStatement:
    """Build the statement of a page.

    Names are joined to its own rows alone.
    """
    page = select_page(shape)
    tickets = page.join(LIVE.tickets, _tickets.number == page.c.number)
    columns = _COLUMNS_IN[shape.filter.scope]
    return PreparedStatement(select(*columns).select_from(_with_names(tickets)).order_by(*sorted_by(page.c, shape)))


def _visible_in(scope: Scope) -> ColumnElement[bool]:
    """Build the rule of visibility for one ticket, with bound values."""
    match scope:
        case Scope.ALL:
            return true()
        case Scope.NONE:
            return false()
    company = _tickets.organisation_id == bindparam("of_organisation")
    if scope is Scope.ORGANISATION:
        return company
    is_watcher = (_watchers.number == _tickets.number, _watchers.account_id == bindparam("of_account"))
    watched = select(_watchers.account_id).where(*is_watcher).exists()
    return and_(company, or_(_tickets.requester_id == bindparam("of_account"), watched))


_OF_NUMBER = {
    scope: PreparedStatement(
        select(*_COLUMNS_IN[scope])
        .select_from(_with_names(LIVE.tickets))
        .where(_tickets.number == bindparam("of_number"), _visible_in(scope))
    )
    for scope in Scope
}


_NUMBERS: BindParameter[Any] = bindparam("of_numbers", expanding=True)
_OF_NUMBERS = _SELECT.where(_tickets.number.in_(_NUMBERS))
_WATCHERS_OF_NUMBERS = select(_watchers.number, _watchers.account_id).where(_watchers.number.in_(_NUMBERS))


def find_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow | None:
    """Return the ticket; None unless the viewer may see it."""
    values = {
        "of_number": number,
        "of_organisation": viewer.organisation_id,
        "of_account": viewer.account_id,
        "viewer": viewer.account_id,
    }
    row = _OF_NUMBER[scope_of(viewer)].first(connection, values)
    return TicketRow._make(row) if row else None


class OtherTicket(NamedTuple):
    """An unfinished ticket, as listed beside another one."""

    number: int
    title: str | None
    state: str
    awaiting: str | None


# In the order of the queue by priority.
_UNFINISHED_OF = {
    scope: PreparedStatement(
        select(*(_tickets[name] for name in OtherTicket._fields))
        .where(
            _tickets.organisation_id == bindparam("organisation"),
            _tickets.state.in_([state.value for state in sorted(UNFINISHED)]),
            _visible_in(scope),
        )
        .order_by(_tickets.queue_rank, _tickets.number)
        .limit(bindparam("size"))
    )
    for scope in Scope
}


def list_unfinished_of(
    connection: Connection, viewer: Actor, *, organisation_id: str, size: int
) -> tuple[OtherTicket, ...]:
    """List a customer's first unfinished tickets by priority."""
    values = {
        "organisation": organisation_id,
        "size": size,
        "of_organisation": viewer.organisation_id,
        "of_account": viewer.account_id,
    }
    return tuple(map(OtherTicket._make, _UNFINISHED_OF[scope_of(viewer)].all(connection, values)))


def existing_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow:
    """Return the ticket.

    Raises: TicketNotFound, also where the viewer may not see it.
    """
    ticket = find_ticket(connection, viewer, number=number)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


def tickets_by_number(connection: Connection, *, numbers: Collection[int]) -> dict[int, TicketRow]:
    """Load tickets by number; the caller applies `access.sees`."""
    if not numbers:
        return {}
    rows = connection.execute(_OF_NUMBERS, {"of_numbers": sorted(numbers)}).all()
    return {ticket.number: ticket for ticket in (TicketRow(*row) for row in rows)}


def list_tickets(
    connection: Connection,
    viewer: Actor,
    *,
    filtered: TicketFilter,
    order: str = DEFAULT_ORDER,
    page_request: PageRequest = FIRST_PAGE,
    size: int = PAGE_SIZE,
) -> Page[TicketRow]:
    """Return one page of the list. order: a code of `ORDERS`."""
    reader = page_reader(connection, ORDERS[order], page_request, size=size)
    edge, column, of_filter = reader.edge, ORDERS[order].columns[0].name, shape_of(viewer, filtered)
    shape = PageShape(
        filter=of_filter,
        path=path_of(connection, of_filter, filtered, order=column),
        order=column,
        is_descending=reader.order.is_descending,
        has_edge=edge is not None,
        edge_state=edge[0] if edge and column == "state" else "",
        size=size,
        dialect=connection.dialect.name,
    )
    values = values_of(viewer, filtered, dialect=shape.dialect)
    if edge:
        values |= {"edge_key": edge[0], "edge_number": edge[-1]}
    rows = _select_rows(shape).all(connection, values)
    return reader.page(list(map(TicketRow._make, rows)))


def watchers_of(connection: Connection, *, number: int) -> list[str]:
    """Return the account ids of the ticket's watchers."""
    return _WATCHERS.scalars(connection, {"of_number": number})


def watchers_by_number(connection: Connection, *, numbers: Collection[int]) -> dict[int, set[str]]:
    """Return the account ids of the tickets' watchers, by number."""
    watchers: dict[int, set[str]] = {number: set() for number in numbers}
    for number, account_id in connection.execute(_WATCHERS_OF_NUMBERS, {"of_numbers": sorted(numbers)}):
        watchers[number].add(account_id)
    return watchers
