"""Queries of the ticket list: one ticket, a page of tickets.

Each takes the viewer and filters by right in SQL.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, false, or_, select, true

from izarlink_tickets.accounts import accounts
from izarlink_tickets.database.paging import (
    FIRST_PAGE,
    PAGE_SIZE,
    Order,
    Page,
    PageRequest,
    SortKey,
    page_reader,
    parse_boolean,
    parse_integer,
    parse_time,
)
from izarlink_tickets.directory import categories, full_label, organisations, services
from izarlink_tickets.directory.search import MAX_SEARCH
from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.errors import TicketNotFound
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State
from izarlink_tickets.projections.ticket_counts import count_by_state, count_each
from izarlink_tickets.projections.ticket_filters import (
    LIVE,
    MAX_FOUND,
    TicketFilter,
    hint_for,
    matching,
    visible_to,
    without_index,
)

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
    "awaiting_approval",
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


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as lists and page heads show it.

    Times are aware UTC.
    title: None once erased.
    service_id: None for « Autre / je ne sais pas ».
    category_label: with its group.
    unanswered_since: since when the customer waits for an answer.
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
    state_since: datetime
    opened_at: datetime
    last_activity_at: datetime
    unanswered_since: datetime | None
    organisation_id: str
    organisation_name: str
    requester_id: str
    requester_name: str
    assignee_id: str | None
    assignee_name: str | None
    service_id: str | None
    service_reference: str | None
    service_label: str | None
    related_to: int | None
    solution_version: int
    solution_entry: int | None
    solution_author_id: str | None
    staff_has_acted: bool
    cancellation_is_requested: bool

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
    def priority_rank(self) -> int:
        """The rank of the priority in the queue, the highest priority first."""
        return -self.priority

    @property
    def is_answered(self) -> bool:
        """True unless the customer waits for an answer."""
        return self.unanswered_since is None

    @property
    def turn_at(self) -> datetime:
        """The time that sorts tickets of the same priority."""
        return self.unanswered_since or self.opened_at


_NUMBER = SortKey(_tickets.number, "number", parse_integer)


def _both_directions(name: str, *keys: SortKey) -> dict[str, Order]:
    order = Order((*keys, _NUMBER))
    return {name: order, f"-{name}": order.reversed()}


# By the code in the URL.
ORDERS = {
    **_both_directions("activite", SortKey(_tickets.last_activity_at, "last_activity_at", parse_time)),
    **_both_directions("ouverture", SortKey(_tickets.opened_at, "opened_at", parse_time)),
    **_both_directions("numero"),
    **_both_directions("titre", SortKey(_tickets.title_folded, "title_folded")),
    **_both_directions("etat", SortKey(_tickets.state, "state")),
    **_both_directions("urgence", SortKey(_tickets.urgency_rank, "urgency_rank", parse_integer)),
    # The desk's: the highest priority first, and within it the customer who has waited longest for an answer.
    "-priorite": Order(
        (
            SortKey(_tickets.priority_rank, "priority_rank", parse_integer),
            SortKey(_tickets.is_answered, "is_answered", parse_boolean),
            SortKey(_tickets.turn_at, "turn_at", parse_time),
            _NUMBER,
        )
    ),
}
DEFAULT_ORDER = "-activite"

_JOINED_COLUMNS = {
    "organisation_name": organisations.c.name,
    "requester_name": _requester.c.name,
    "assignee_name": _assignee.c.name,
    "service_reference": services.c.reference,
    "service_label": services.c.label,
    "category_label": full_label,
}
# Built once, in the order of the fields: the list, the queue and every ticket's page select these columns.
_COLUMNS = tuple(
    _JOINED_COLUMNS[field.name].label(field.name) if field.name in _JOINED_COLUMNS else _tickets[field.name]
    for field in fields(TicketRow)
)
_JOINED = (
    LIVE.tickets.join(organisations, organisations.c.id == _tickets.organisation_id)
    .join(_requester, _requester.c.id == _tickets.requester_id)
    .outerjoin(_assignee, _assignee.c.id == _tickets.assignee_id)
    .outerjoin(services, services.c.id == _tickets.service_id)
    .outerjoin(categories, categories.c.code == _tickets.category)
)
_SELECT = select(*_COLUMNS).select_from(_JOINED)


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


# Built once: every ticket's page and mail runs one of them.
_OF_NUMBER = {scope: _SELECT.where(_tickets.number == bindparam("of_number"), _visible_in(scope)) for scope in Scope}


def find_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow | None:
    """Return the ticket; None unless the viewer may see it."""
    values = {"of_number": number, "of_organisation": viewer.organisation_id, "of_account": viewer.account_id}
    row = connection.execute(_OF_NUMBER[scope_of(viewer)], values).first()
    return TicketRow(*row) if row else None


class OtherTicket(NamedTuple):
    """An unfinished ticket, as listed beside another one."""

    number: int
    title: str | None
    state: str
    awaiting: str | None


# Built once, in the order of the queue by priority: each ticket's page at the desk runs one of them.
_UNFINISHED_OF = {
    scope: select(*(_tickets[name] for name in OtherTicket._fields))
    .where(
        _tickets.organisation_id == bindparam("organisation"),
        _tickets.state.in_([state.value for state in sorted(UNFINISHED)]),
        _visible_in(scope),
    )
    .order_by(_tickets.priority_rank, _tickets.is_answered, _tickets.turn_at, _tickets.number)
    .limit(bindparam("size"))
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
    return tuple(map(OtherTicket._make, connection.execute(_UNFINISHED_OF[scope_of(viewer)], values).all()))


def existing_ticket(connection: Connection, viewer: Actor, *, number: int) -> TicketRow:
    """Return the ticket.

    Raises: TicketNotFound, also where the viewer may not see it.
    """
    ticket = find_ticket(connection, viewer, number=number)
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


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
    hint = hint_for(connection, viewer, filtered)
    is_sorted = hint is not None and hint.is_sorted
    index_order = reader.order.with_columns(partial(without_index, connection)) if is_sorted else reader.order
    numbers = select(_tickets.number).where(matching(connection, viewer, filtered, hint=hint))
    # Names are joined to the rows of the page alone, not to all that have to be sorted.
    statement = _SELECT.where(_tickets.number.in_(reader.restrict(numbers, order=index_order)))
    rows = connection.execute(reader.order.sort(statement)).mappings()
    return reader.page([TicketRow(**row) for row in rows])


def watchers_of(connection: Connection, *, number: int) -> list[str]:
    """Return the account ids of the ticket's watchers."""
    of_ticket = _watchers.number == number
    return list(connection.execute(select(_watchers.account_id).where(of_ticket)).scalars())


def awaiting_approval(connection: Connection, viewer: Actor) -> list[int]:
    """List the viewer's own tickets whose solution waits for approval, by number."""
    is_own = and_(_tickets.requester_id == viewer.account_id, _tickets.state == State.RESOLVED.value)
    statement = select(_tickets.number).where(is_own, visible_to(viewer)).order_by(_tickets.number)
    return list(connection.execute(statement).scalars())
