"""Filters of ticket lists and the rule of visibility, in SQL.

A filter has a shape, what it restricts, and values. Statements depend on the shape alone and bind the values, so that
each is built once.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    UnaryExpression,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.operators import custom_op

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import Actor, Awaiting, State
from izarlink_tickets.projections import search_terms
from izarlink_tickets.projections.ticket_list import TicketList, is_to_do

LIVE = TicketList()
_tickets, _watchers = LIVE.tickets.c, LIVE.watchers.c
_EQUALITIES = (
    "awaiting",
    "ticket_type",
    "category",
    "service_id",
    "urgency",
    "organisation_id",
    "requester_id",
    "assignee_id",
)
EVERY_STATE = tuple(state.value for state in State)
# What a search doesn't know, and chooses among the tickets found.
_FOUND_AFTERWARDS = (*_EQUALITIES, "opened_from", "opened_before")


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Filters of a list; None matches all tickets.

    only_mine: the viewer's own tickets, for the company role.
    is_silent: no answer of the customer is to be expected.
    is_to_do: what waits for the viewer's approval or answer; watched tickets don't.
    urgency_from: the lowest urgency; a Demande has none and is left out.
    opened_from, opened_before: aware.
    found_services: those that words of the search stand for.
    """

    states: tuple[State, ...] = ()
    awaiting: Awaiting | None = None
    ticket_type: str | None = None
    organisation_id: str | None = None
    requester_id: str | None = None
    assignee_id: str | None = None
    is_unassigned: bool = False
    is_silent: bool = False
    urgency_from: int | None = None
    urgency: int | None = None
    category: str | None = None
    service_id: str | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    search: str = ""
    found_services: search_terms.ServicesByWord = ()
    only_mine: bool = False
    is_to_do: bool = False


class FilterShape(NamedTuple):
    """The restrictions of a filter, without their values.

    equal: names of columns.
    """

    scope: Scope
    states: tuple[str, ...]
    equal: tuple[str, ...]
    is_own: bool
    is_unassigned: bool
    is_silent: bool
    urgency_from: int | None
    has_opened_from: bool
    has_opened_before: bool
    search: search_terms.SearchShape
    is_to_do: bool = False

    @property
    def all_states(self) -> tuple[str, ...]:
        """The states that the list can contain."""
        return self.states or EVERY_STATE


def shape_of(viewer: Actor, filtered: TicketFilter) -> FilterShape:
    """Return the shape of a filter for this viewer."""
    scope = scope_of(viewer)
    is_filtered = any(getattr(filtered, name) is not None for name in _FOUND_AFTERWARDS)
    return FilterShape(
        scope=scope,
        states=tuple(state.value for state in filtered.states),
        equal=tuple(name for name in _EQUALITIES if getattr(filtered, name) is not None),
        is_own=filtered.only_mine or scope is Scope.OWN,
        is_unassigned=filtered.is_unassigned,
        is_silent=filtered.is_silent,
        urgency_from=filtered.urgency_from and int(filtered.urgency_from),
        has_opened_from=filtered.opened_from is not None,
        has_opened_before=filtered.opened_before is not None,
        search=search_terms.search_shape(
            filtered.search,
            finds_all=(is_filtered or filtered.is_to_do) and scope is not Scope.ALL,
            is_scoped=scope is not Scope.ALL,
            services=filtered.found_services,
        ),
        is_to_do=filtered.is_to_do,
    )


def values_of(viewer: Actor, filtered: TicketFilter, *, dialect: str, prefix: str = "") -> dict[str, Any]:
    """Return the values that statements of the filter's shape bind."""
    values = {name: getattr(filtered, name) for name in _FOUND_AFTERWARDS if getattr(filtered, name) is not None}
    values |= {"viewer": viewer.account_id, "viewer_organisation": viewer.organisation_id}
    if filtered.search:
        is_own = filtered.only_mine or scope_of(viewer) is Scope.OWN
        values |= search_terms.search_values(
            filtered.search,
            viewer,
            states=filtered.states,
            is_own=is_own,
            dialect=dialect,
            services=filtered.found_services,
        )
    return {f"{prefix}{name}": value for name, value in values.items()} if prefix else values


def visible_to(viewer: Actor) -> ColumnElement[bool]:
    """Build the SQL condition of the rule of visibility, `access.scope_of`."""
    scope = scope_of(viewer)
    company = _in_scope(_tickets.organisation_id, scope, literal(viewer.organisation_id, String))
    own = _own_tickets_of(literal(viewer.account_id, String))
    return and_(company, own) if scope is Scope.OWN else company


def conditions_of(
    shape: FilterShape, *, dialect: str, prefix: str = "", indexed: Collection[str] | None = None
) -> Iterator[ColumnElement[bool]]:
    """Yield the SQL conditions of a filter, with bound values.

    indexed: the only columns whose index SQLite may use; it has no statistics to choose by.
    prefix: of the values' names, where a statement has several filters.
    """
    columns = _Columns(indexed if dialect == "sqlite" else None)
    yield _in_scope(columns["organisation_id"], shape.scope, bindparam(f"{prefix}viewer_organisation", type_=String))
    for name in shape.equal:
        column = columns["urgency_rank" if name == "urgency" else name]
        yield column == bindparam(f"{prefix}{name}", type_=column.type)
    if shape.states:
        yield in_states(columns["state"], shape.states)
    yield from _to_do(shape, prefix)
    if shape.is_unassigned:
        yield columns["assignee_id"].is_(None)
    if shape.is_silent:
        # Written out, as the condition of the index of these tickets.
        yield _tickets.customer_is_silent.is_(true())
    if shape.urgency_from:
        # Not bound, as the condition of the index of urgent tickets.
        yield _tickets.urgency >= literal_column(str(shape.urgency_from))
    if shape.has_opened_from:
        yield _tickets.opened_at >= bindparam(f"{prefix}opened_from", type_=_tickets.opened_at.type)
    if shape.has_opened_before:
        yield _tickets.opened_at < bindparam(f"{prefix}opened_before", type_=_tickets.opened_at.type)
    if shape.search.is_typed:
        yield _is_among(search_terms.found_numbers(shape.search, dialect=dialect, prefix=prefix), dialect=dialect)


def _to_do(shape: FilterShape, prefix: str) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of what waits for the viewer."""
    if shape.is_to_do:
        yield is_to_do(_tickets)
        if shape.is_own:
            yield _tickets.requester_id == bindparam(f"{prefix}viewer", type_=String)


def is_own(prefix: str = "") -> ColumnElement[bool]:
    """Build the condition of own tickets, for rows found otherwise."""
    viewer = bindparam(f"{prefix}viewer", type_=String)
    watched = select(_watchers.number).where(_watchers.number == _tickets.number, _watchers.account_id == viewer)
    return or_(_tickets.requester_id == viewer, watched.exists())


def own_tickets(prefix: str = "") -> ColumnElement[bool]:
    """Build the condition of requested and watched tickets, found by index."""
    return _own_tickets_of(bindparam(f"{prefix}viewer", type_=String))


def is_watched(*, dialect: str) -> ColumnElement[bool]:
    """Build the condition of watched tickets, each found by its number."""
    return _is_among(_watched_by(bindparam("viewer", type_=String)), dialect=dialect)


def _is_among(numbers: Select[tuple[int]], *, dialect: str) -> ColumnElement[bool]:
    """Build the condition of a few tickets, each found by its number."""
    if dialect == "sqlite":
        return _tickets.number.in_(numbers)
    # PostgreSQL would read all tickets of the company to join a few with them.
    return _tickets.number == any_(func.array(numbers.scalar_subquery()))


def _own_tickets_of(account_id: ColumnElement[str]) -> ColumnElement[bool]:
    requested = select(_tickets.number).where(_tickets.requester_id == account_id)
    return _tickets.number.in_(union_all(requested, _watched_by(account_id)))


def _watched_by(account_id: ColumnElement[str]) -> Select[tuple[int]]:
    return select(_watchers.number).where(_watchers.account_id == account_id)


def in_states(column: ColumnElement[str], states: Iterable[str]) -> ColumnElement[bool]:
    """Build the condition of the states, written out for the planner."""
    return column.in_([literal_text(state) for state in states])


def literal_text(code: str) -> ColumnElement[str]:
    """Return a code of ours as SQL, for the planner."""
    return literal_column(f"'{code}'", Text)


class _Columns:
    """The columns of the list; SQLite ignores the indexes of others."""

    def __init__(self, indexed: Collection[str] | None) -> None:
        self._indexed = indexed

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        column = _tickets[name]
        return column if self._indexed is None or name in self._indexed else without_index(column)


def without_index(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the column so that SQLite ignores an index on it."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _in_scope(column: ColumnElement[str], scope: Scope, organisation_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Build the condition of the viewer's company, without own tickets."""
    if scope is Scope.ALL:
        return true()
    return false() if scope is Scope.NONE else column == organisation_id
