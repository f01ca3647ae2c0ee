"""How many tickets a list would show: looked up where a command keeps the count, else counted.

What is kept is counted by organisation, type and state. What isn't is bounded by the tickets that are open, or by a
person's own, or by what a search shows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import Person, State
from izarlink_tickets.projections.counting import EVERY_ORGANISATION
from izarlink_tickets.projections.ticket_filters import LIVE, Filter, matching

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c


def count_by_state(connection: Connection, viewer: Person, *, narrowed: Filter) -> dict[State, int]:
    """Count what the list would show in each state, whatever states the filter names."""
    everywhere = replace(narrowed, states=())
    if _is_kept(viewer, everywhere):
        statement = select(_counts.state, func.sum(_counts.tickets)).where(*_kept(viewer, everywhere))
        statement = statement.group_by(_counts.state)
    else:
        statement = select(_tickets.state, func.count()).where(matching(connection, viewer, everywhere))
        statement = statement.group_by(_tickets.state)
    counts = {State(state): count for state, count in connection.execute(statement)}
    return {state: counts.get(state, 0) for state in State}


def count_each(connection: Connection, viewer: Person, *, narrowed: Sequence[Filter]) -> list[int]:
    """Count what the list would show for each filter, all in one question."""
    counts = (_count(connection, viewer, one).scalar_subquery() for one in narrowed)
    return list(connection.execute(select(*counts)).one()) if narrowed else []


def _count(connection: Connection, viewer: Person, narrowed: Filter) -> Select[Any]:
    if _is_kept(viewer, narrowed):
        return select(func.coalesce(func.sum(_counts.tickets), 0)).where(*_kept(viewer, narrowed))
    return select(func.count()).select_from(LIVE.tickets).where(matching(connection, viewer, narrowed))


def _is_kept(viewer: Person, narrowed: Filter) -> bool:
    """Say whether the counts that are kept answer it: all tickets, or an organisation's, by type and state."""
    kept = Filter(states=narrowed.states, ticket_type=narrowed.ticket_type, organisation_id=narrowed.organisation_id)
    return narrowed == kept and _whose(viewer, narrowed) is not None


def _whose(viewer: Person, narrowed: Filter) -> str | None:
    """Give the organisation whose count it is; None where none is kept."""
    match scope_of(viewer):
        case Scope.ALL:
            return narrowed.organisation_id or EVERY_ORGANISATION
        case Scope.ORGANISATION if viewer.organisation_id and narrowed.organisation_id in {
            None,
            viewer.organisation_id,
        }:
            return viewer.organisation_id
    return None


def _kept(viewer: Person, narrowed: Filter) -> list[ColumnElement[bool]]:
    wanted = [_counts.organisation_id == _whose(viewer, narrowed)]
    if narrowed.ticket_type is not None:
        wanted.append(_counts.ticket_type == narrowed.ticket_type)
    if narrowed.states:
        wanted.append(_counts.state.in_([state.value for state in narrowed.states]))
    return wanted
