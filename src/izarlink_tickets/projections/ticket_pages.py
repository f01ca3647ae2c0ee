"""Statements that select the tickets of one page of a list.

A list merges its states, each read in the list's order from an index and only as far as the page goes: a page costs
its own rows, at any number of tickets.
"""

import operator
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.base import ColumnCollection

from izarlink_tickets.database import EpochTime, PreparedStatement
from izarlink_tickets.domain.access import Scope
from izarlink_tickets.projections.ticket_filters import (
    EVERY_STATE,
    LIVE,
    FilterShape,
    TicketFilter,
    conditions_of,
    in_states,
    is_own,
    is_watched,
    literal_text,
    own_tickets,
    without_index,
)

_tickets = LIVE.tickets.c
_ALL_ORDERS = frozenset({"queue_rank", "last_activity_at", "title_folded", "urgency_rank", "number", "state"})
# The orders that have an index for one value of each column.
_INDEXED_ORDERS = {
    "service_id": frozenset({"last_activity_at"}),
    "requester_id": frozenset({"last_activity_at"}),
    "organisation_id": _ALL_ORDERS,
    "assignee_id": frozenset({"queue_rank", "last_activity_at"}),
    "category": frozenset({"queue_rank"}),
}
# Filters that match few tickets, sorted in any other order.
_FEW_OF_ONE = ("service_id", "requester_id")
# Filters that may match few tickets of many, and the columns of the index that finds these.
_MAYBE_FEW = {
    "category": frozenset({"category", "state"}),
    "urgency": frozenset({"urgency_rank", "state"}),
    "assignee_id": frozenset({"assignee_id", "state"}),
}
# Tickets that are sorted in a few milliseconds. More of one value soon fill a page in the order of another index.
FEW = 5_000
# The place of each state in a ticket's life, by which lists sort states.
_PLACES = {state: place for place, state in enumerate(EVERY_STATE)}


class Path(NamedTuple):
    """The way to a page on SQLite, which has no statistics.

    columns: those whose index it may use, besides the order's in each part of a merge.
    is_merged: False for a list of one part.
    """

    columns: frozenset[str] = frozenset()
    is_merged: bool = True


# A search or a filter finds few tickets, which are sorted.
_SORTED = Path(is_merged=False)


class PageShape(NamedTuple):
    """The shape of a page's statement, without its values.

    order: the column to sort by before the number. edge_state: of the row before the page, in the order of states.
    """

    filter: FilterShape
    path: Path
    order: str
    is_descending: bool
    has_edge: bool
    edge_state: str
    size: int
    dialect: str


def path_of(connection: Connection, shape: FilterShape, filtered: TicketFilter, *, order: str) -> Path:
    """Choose the way to a page."""
    if shape.search.is_typed:
        return _SORTED
    if shape.is_to_do:
        # A customer's few, in an index of their own.
        owner = "requester_id" if shape.is_own else "organisation_id"
        return Path(frozenset({owner, order}), is_merged=False)
    if shape.is_own:
        is_indexed = order in _INDEXED_ORDERS["requester_id"]
        return Path(frozenset({"requester_id"})) if is_indexed else _SORTED
    for column, orders in _INDEXED_ORDERS.items():
        if order in orders and _has_one_value(shape, column):
            return Path(frozenset({column}))
        if column in _FEW_OF_ONE and column in shape.equal:
            return Path(frozenset({column, "state"}), is_merged=False)
    if connection.dialect.name == "sqlite":
        for column, columns in _MAYBE_FEW.items():
            if column in shape.equal and _is_few(connection, column, getattr(filtered, column)):
                return Path(columns, is_merged=False)
    return Path()


@lru_cache(maxsize=512)
def select_page(shape: PageShape) -> Subquery:
    """Build the selection of a page's numbers, and one more."""
    parts = [*_parts(shape)] if shape.path.is_merged else [_whole(shape)]
    is_by_place = shape.path.is_merged and shape.order == "state"
    if shape.dialect == "postgresql" or is_by_place:
        # SQLite reads the parts of UNION ALL in turn, row by row, unless it has to sort by a constant; PostgreSQL
        # would read and sort them whole.
        parts = [_first_rows(part, shape._replace(order="number") if is_by_place else shape) for part in parts]
    merged = (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("merged")
    return select(*merged.c).order_by(*sorted_by(merged.c, shape)).limit(shape.size + 1).subquery("page")


def _first_rows(part: Select[Any], shape: PageShape) -> Select[Any]:
    first = part.order_by(*sorted_by(part.selected_columns, shape)).limit(shape.size + 1)
    # A part of a union needs a SELECT of its own for its order.
    return select(*first.subquery().c)


def sorted_by(columns: ColumnCollection[str, Any], shape: PageShape) -> list[ColumnElement[Any]]:
    """Return the order of a page, in the direction of reading."""
    names = ("number",) if shape.order == "number" else ("sorted", "number")
    return [columns[name].desc() if shape.is_descending else columns[name].asc() for name in names]


def raw(name: str) -> ColumnElement[Any]:
    """Return a column as it is stored, times as microseconds."""
    column = _tickets[name]
    return type_coerce(column, BigInteger) if isinstance(column.type, EpochTime) else column


def _parts(shape: PageShape) -> Iterator[Select[Any]]:
    """Yield the parts to merge: each state, and watched tickets."""
    requested = [_tickets.requester_id == bindparam("viewer")] if shape.filter.is_own else []
    for state in _states(shape):
        yield _part(shape, _tickets.state == literal_text(state), *requested, *_after_edge(shape, state), state=state)
    if shape.filter.is_own:
        # A person watches few tickets: found by number, and sorted.
        sorted_shape = shape._replace(path=Path(frozenset({shape.order}), is_merged=False))
        watched = is_watched(dialect=shape.dialect)
        yield _part(sorted_shape, *_in_states(sorted_shape), watched, *_after_edge(sorted_shape))


def _whole(shape: PageShape) -> Select[Any]:
    """Build the selection of all tickets of the list, to be sorted."""
    is_searched = shape.filter.search.is_typed
    own = [is_own() if is_searched else own_tickets()] if shape.filter.is_own and not shape.filter.is_to_do else []
    return _part(shape, *_in_states(shape), *own, *_after_edge(shape))


def _part(shape: PageShape, *conditions: ColumnElement[bool], state: str = "") -> Select[Any]:
    columns = [_tickets.number, *([] if shape.order == "number" else [_order_column(shape, state).label("sorted")])]
    of_filter = conditions_of(shape.filter._replace(states=()), dialect=shape.dialect, indexed=shape.path.columns)
    return select(*columns).where(*of_filter, *conditions)


def _states(shape: PageShape) -> list[str]:
    """Return the states in order, without those before the edge."""
    states = sorted(shape.filter.all_states, key=_PLACES.__getitem__, reverse=shape.is_descending)
    if not (shape.has_edge and shape.order == "state"):
        return states
    is_past = operator.gt if shape.is_descending else operator.lt
    # The last one stays, for a statement of at least one part.
    edge = _PLACES[shape.edge_state]
    return [state for state in states if not is_past(_PLACES[state], edge)] or states[-1:]


def _in_states(shape: PageShape) -> list[ColumnElement[bool]]:
    is_indexed = "state" in shape.path.columns or shape.dialect != "sqlite"
    column = _tickets.state if is_indexed else without_index(_tickets.state)
    return [in_states(column, shape.filter.all_states)] if is_indexed or shape.filter.states else []


def _after_edge(shape: PageShape, state: str = "") -> list[ColumnElement[bool]]:
    """Return the condition of the tickets after the edge.

    state: of the part, "" for one of several.
    Compared as one, the values are a place in the index, even among half a million of the same first value.
    """
    if not shape.has_edge or (shape.order == "state" and state not in {"", shape.edge_state}):
        return []
    place: list[ColumnElement[Any]] = [_tickets.number]
    edge: list[ColumnElement[Any]] = [bindparam("edge_number", type_=BigInteger)]
    if shape.order != "number" and not (shape.order == "state" and state):
        place.insert(0, _order_column(shape))
        edge.insert(0, _edge_key(shape, place[0]))
    is_after = operator.lt if shape.is_descending else operator.gt
    return [is_after(tuple_(*place), tuple_(*edge)) if len(place) > 1 else is_after(place[0], edge[0])]


def _edge_key(shape: PageShape, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the edge's value of the column to sort by."""
    return _place(shape.edge_state) if shape.order == "state" else bindparam("edge_key", type_=column.type)


def _place(state: str) -> ColumnElement[int]:
    return literal_column(str(_PLACES[state]), Integer)


def _order_column(shape: PageShape, state: str = "") -> ColumnElement[Any]:
    """Return the column to sort by, with or without its index.

    state: of the part, "" for one of several.
    """
    if shape.order == "state":
        return _place(state) if state else case({state: _place(state) for state in _PLACES}, value=_tickets.state)
    column, path = raw(shape.order), shape.path
    has_index = path.is_merged or shape.order in path.columns or shape.dialect != "sqlite"
    return column if has_index else without_index(column)


def _has_one_value(shape: FilterShape, column: str) -> bool:
    """Return whether the list contains one value of the column alone."""
    is_of_company = column == "organisation_id" and shape.scope is Scope.ORGANISATION
    is_of_nobody = column == "assignee_id" and shape.is_unassigned
    return column in shape.equal or is_of_company or is_of_nobody


def _is_few(connection: Connection, column: str, value: object) -> bool:
    return int(_COUNTS_OF_FEW[column].scalar(connection, {"value": value})) <= FEW


def _count_few(name: str) -> Select[Any]:
    column = _tickets["urgency_rank" if name == "urgency" else name]
    conditions = (column == bindparam("value"), in_states(_tickets.state, EVERY_STATE))
    matches = select(_tickets.number).where(*conditions).limit(FEW + 1).subquery()
    return select(func.count()).select_from(matches)


_COUNTS_OF_FEW = {name: PreparedStatement(_count_few(name)) for name in _MAYBE_FEW}
