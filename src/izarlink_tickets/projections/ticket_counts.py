"""How many tickets a list would show: looked up where a command keeps the count, else counted.

What is kept is counted by organisation, type and state. What isn't is bounded by the tickets that are open, or by a
person's own, or by what a search shows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import Actor, State
from izarlink_tickets.projections.counting import EVERY_ORGANISATION
from izarlink_tickets.projections.ticket_filters import LIVE, TicketFilter, matching

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c


def count_by_state(connection: Connection, viewer: Actor, *, filtered: TicketFilter) -> dict[State, int]:
    """Count what the list would show in each state, whatever states the filter names."""
    everywhere = replace(filtered, states=())
    if _is_kept(viewer, everywhere):
        statement = select(_counts.state, func.sum(_counts.tickets)).where(*_kept(viewer, everywhere))
        statement = statement.group_by(_counts.state)
    else:
        statement = select(_tickets.state, func.count()).where(matching(connection, viewer, everywhere))
        statement = statement.group_by(_tickets.state)
    counts = {State(state): count for state, count in connection.execute(statement)}
    return {state: counts.get(state, 0) for state in State}


def count_each(connection: Connection, viewer: Actor, *, filtered: Sequence[TicketFilter]) -> list[int]:
    """Count what the list would show for each filter, all in one question."""
    counts = (_count(connection, viewer, one).scalar_subquery() for one in filtered)
    return list(connection.execute(select(*counts)).one()) if filtered else []


def _count(connection: Connection, viewer: Actor, filtered: TicketFilter) -> Select[Any]:
    if _is_kept(viewer, filtered):
        return select(func.coalesce(func.sum(_counts.tickets), 0)).where(*_kept(viewer, filtered))
    return select(func.count()).select_from(LIVE.tickets).where(matching(connection, viewer, filtered))


def _is_kept(viewer: Actor, filtered: TicketFilter) -> bool:
    """Say whether the counts that are kept answer it: all tickets, or an organisation's, by type and state."""
    kept = TicketFilter(
        states=filtered.states, ticket_type=filtered.ticket_type, organisation_id=filtered.organisation_id
    )
    return filtered == kept and _whose(viewer, filtered) is not None


def _whose(viewer: Actor, filtered: TicketFilter) -> str | None:
    """Give the organisation whose count it is; None where none is kept."""
    match scope_of(viewer):
        case Scope.ALL:
            return filtered.organisation_id or EVERY_ORGANISATION
        case Scope.ORGANISATION if viewer.organisation_id and filtered.organisation_id in {
            None,
            viewer.organisation_id,
        }:
            return viewer.organisation_id
    return None


def _kept(viewer: Actor, filtered: TicketFilter) -> list[ColumnElement[bool]]:
    wanted = [_counts.organisation_id == _whose(viewer, filtered)]
    if filtered.ticket_type is not None:
        wanted.append(_counts.ticket_type == filtered.ticket_type)
    if filtered.states:
        wanted.append(_counts.state.in_([state.value for state in filtered.states]))
    return wanted
