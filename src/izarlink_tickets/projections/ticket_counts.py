"""Counts of a list's tickets, kept or counted.

Kept are the counts by type, state, awaited party and urgency for everybody, an organisation, a technician and a
requester. Other filters count rows, up to a maximum.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
)

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.domain.access import Scope
from izarlink_tickets.domain.vocabulary import UNFINISHED, Actor, State
from izarlink_tickets.projections.ticket_count_table import ANY
from izarlink_tickets.projections.ticket_filters import (
    LIVE,
    FilterShape,
    TicketFilter,
    conditions_of,
    in_states,
    is_own,
    is_watched,
    own_tickets,
    shape_of,
    values_of,
)

# Of a filter without kept count, the most that is counted; one more stands for all others.
COUNTED = 1_000

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c
# What kept counts tell apart, besides the state.
_KEPT = ("awaiting", "ticket_type", "urgency")
# The first of these restricts most: the index that finds the rows to count.
_SELECTIVE = ("service_id", "organisation_id", "assignee_id", "requester_id", "category", "urgency")


_SELECT_STORED = select(LIVE.storage.c.file_bytes).where(LIVE.storage.c.organisation_id == bindparam("stored_of"))
_STORED = PreparedStatement(_SELECT_STORED)


class CountShape(NamedTuple):
    """A filter to count, and whether its count is kept."""

    filter: FilterShape
    is_kept: bool
    dialect: str


def count_by_state(connection: Connection, viewer: Actor, *, filtered: TicketFilter) -> dict[State, int]:
    """Count the list's tickets in each state.

    The filter's own states, and what is to do, are ignored.
    """
    filtered = replace(filtered, states=(), is_to_do=False)
    shape = _count_shape(connection, viewer, filtered)
    rows = _states_statement(shape).all(connection, _values(viewer, filtered, shape))
    counts = {State(code): int(count) for code, count in rows}
    return {state: counts.get(state, 0) for state in State}


def count_each(connection: Connection, viewer: Actor, *, filtered: Sequence[TicketFilter]) -> list[int]:
    """Count the list's tickets for each filter, in one query.

    More than `COUNTED` means at least so many where the count is not kept.
    """
    if not filtered:
        return []
    shapes, values = count_shapes(connection, viewer, filtered=filtered)
    (counts,) = _counts_statement(shapes).all(connection, values)
    return list(counts)


def stored_bytes(connection: Connection, *, organisation_id: str) -> int:
    """Return the kept size of an organisation's files, in bytes."""
    return int(_STORED.scalar(connection, {"stored_of": organisation_id}) or 0)


class OrganisationFigures(NamedTuple):
    """The figures of an organisation's page. file_bytes: of all its files."""

    open_tickets: int
    file_bytes: int


def organisation_figures(connection: Connection, viewer: Actor, *, organisation_id: str) -> OrganisationFigures:
    """Return an organisation's kept counts, in one query."""
    unfinished = TicketFilter(states=UNFINISHED, organisation_id=organisation_id)
    shapes, values = count_shapes(connection, viewer, filtered=[unfinished])
    (row,) = _figures_statement(shapes).all(connection, values | {"stored_of": organisation_id})
    return OrganisationFigures(*map(int, row))


@lru_cache(maxsize=16)
def _figures_statement(shapes: tuple[CountShape, ...]) -> PreparedStatement:
    stored = func.coalesce(_SELECT_STORED.scalar_subquery(), 0)
    return PreparedStatement(select_counts(shapes).add_columns(stored))


def is_limited(viewer: Actor, filtered: TicketFilter) -> bool:
    """Return whether `count_each` stops behind `COUNTED`."""
    return not _sums_kept(shape_of(viewer, filtered))


def count_shapes(
    connection: Connection, viewer: Actor, *, filtered: Sequence[TicketFilter]
) -> tuple[tuple[CountShape, ...], dict[str, Any]]:
    """Return the shapes of filters for `select_counts`, and their values."""
    shapes = tuple(_count_shape(connection, viewer, list_filter) for list_filter in filtered)
    values: dict[str, Any] = {}
    for place, (list_filter, shape) in enumerate(zip(filtered, shapes, strict=True)):
        values |= _values(viewer, list_filter, shape, prefix=_prefix(place))
    return shapes, values


def _count_shape(connection: Connection, viewer: Actor, filtered: TicketFilter) -> CountShape:
    shape = shape_of(viewer, filtered)
    return CountShape(shape, _is_kept(shape), connection.dialect.name)


def _is_kept(shape: FilterShape) -> bool:
    """Return whether the count is kept for the filter."""
    owners = [name for name in shape.equal if name not in _KEPT]
    if shape.search.is_typed or shape.has_opened_from or shape.has_opened_before:
        return False
    if shape.is_to_do or shape.is_unassigned or shape.is_silent:
        return False
    if shape.is_own:
        return shape.equal in {(), ("ticket_type",)} and not shape.urgency_from
    return not owners if shape.scope is Scope.ORGANISATION else owners in ([], ["organisation_id"], ["assignee_id"])


def _sums_kept(shape: FilterShape) -> bool:
    # Own tickets and watched ones may be the same.
    return _is_kept(shape) and not shape.is_own


def _values(viewer: Actor, filtered: TicketFilter, shape: CountShape, *, prefix: str = "") -> dict[str, Any]:
    values = values_of(viewer, filtered, dialect=shape.dialect, prefix=prefix)
    is_all = shape.filter.scope is Scope.ALL
    # A viewer without organisation has NULL, which no count equals.
    organisation_id = (filtered.organisation_id or ANY) if is_all else viewer.organisation_id
    account_id = viewer.account_id if shape.filter.is_own else filtered.assignee_id or ANY
    return values | {f"{prefix}counted_of": organisation_id, f"{prefix}counted_for": account_id}


def select_counts(shapes: tuple[CountShape, ...]) -> Select[Any]:
    """Build the selection of the tickets' counts for each shape."""
    return select(*(_count(shape, _prefix(place)).scalar_subquery() for place, shape in enumerate(shapes)))


@lru_cache(maxsize=256)
def _counts_statement(shapes: tuple[CountShape, ...]) -> PreparedStatement:
    return PreparedStatement(select_counts(shapes))


@lru_cache(maxsize=256)
def _states_statement(shape: CountShape) -> PreparedStatement:
    return PreparedStatement(_select_states(shape))


def _select_states(shape: CountShape) -> Select[Any]:
    if not shape.is_kept:
        return select(_tickets.state, func.count()).where(*_row_conditions(shape)).group_by(_tickets.state)
    kept = select(_counts.state, _counts.tickets).where(*_kept_conditions(shape.filter))
    if shape.filter.is_own:
        one: ColumnElement[int] = literal_column("1", Integer).label("tickets")
        watched = select(_tickets.state, one).where(is_watched(dialect=shape.dialect))
        of_filter = conditions_of(shape.filter, dialect=shape.dialect, indexed=())
        counted = union_all(kept, watched.where(*of_filter)).subquery()
    else:
        counted = kept.subquery()
    return select(counted.c.state, func.sum(counted.c.tickets)).group_by(counted.c.state)


def _count(shape: CountShape, prefix: str) -> Select[Any]:
    if _sums_kept(shape.filter):
        return select(func.coalesce(func.sum(_counts.tickets), 0)).where(*_kept_conditions(shape.filter, prefix))
    rows = select(_tickets.number).where(*_row_conditions(shape, prefix)).limit(COUNTED + 1).subquery()
    return select(func.count()).select_from(rows)


def _kept_conditions(shape: FilterShape, prefix: str = "") -> list[ColumnElement[bool]]:
    conditions = [
        _counts.organisation_id == bindparam(f"{prefix}counted_of", type_=String),
        _counts.account_id == bindparam(f"{prefix}counted_for", type_=String),
    ]
    conditions += [_counts[name] == bindparam(f"{prefix}{name}") for name in _KEPT if name in shape.equal]
    if shape.urgency_from:
        conditions.append(_counts.urgency >= literal_column(str(shape.urgency_from)))
    if shape.states:
        conditions.append(in_states(_counts.state, shape.states))
    return conditions


def _row_conditions(shape: CountShape, prefix: str = "") -> list[ColumnElement[bool]]:
    indexed = () if shape.filter.search.is_typed or shape.filter.is_own else _index_of(shape.filter)
    conditions = list(conditions_of(shape.filter, dialect=shape.dialect, prefix=prefix, indexed=indexed))
    if not shape.filter.is_own:
        return conditions
    return [*conditions, is_own(prefix) if shape.filter.search.is_typed else own_tickets(prefix)]


def _index_of(shape: FilterShape) -> set[str]:
    """Return the columns whose index finds the rows to count."""
    if shape.scope is Scope.ORGANISATION:
        few = next((name for name in ("service_id", "requester_id") if name in shape.equal), "organisation_id")
        return {few, "state"}
    if shape.is_unassigned:
        return {"assignee_id", "state"}
    selective = next((name for name in _SELECTIVE if name in shape.equal), "state")
    return {"urgency_rank" if selective == "urgency" else selective, "state"}


def _prefix(place: int) -> str:
    return f"filter_{place}_"
