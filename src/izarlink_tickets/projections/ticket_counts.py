"""Counts of a list's tickets, stored or counted.

Stored counts are by organisation, type and state. The others count only open tickets, a viewer's own, or the results
of a search.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import Actor, State
from izarlink_tickets.projections.ticket_count_table import EVERY_ORGANISATION
from izarlink_tickets.projections.ticket_filters import LIVE, TicketFilter, matching

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c


def count_by_state(connection: Connection, viewer: Actor, *, filtered: TicketFilter) -> dict[State, int]:
    """Count the list's tickets in each state.

    The filter's own states are ignored.
    """
    filtered = replace(filtered, states=())
    if _is_stored(viewer, filtered):
        statement = select(_counts.state, func.sum(_counts.tickets)).where(*_stored_conditions(viewer, filtered))
        statement = statement.group_by(_counts.state)
    else:
        statement = select(_tickets.state, func.count()).where(matching(connection, viewer, filtered))
        statement = statement.group_by(_tickets.state)
    counts = {State(state): count for state, count in connection.execute(statement)}
    return {state: counts.get(state, 0) for state in State}


def count_each(connection: Connection, viewer: Actor, *, filtered: Sequence[TicketFilter]) -> list[int]:
    """Count the list's tickets for each filter, in one query."""
    counts = (_count(connection, viewer, list_filter).scalar_subquery() for list_filter in filtered)
    return list(connection.execute(select(*counts)).one()) if filtered else []


def _count(connection: Connection, viewer: Actor, filtered: TicketFilter) -> Select[Any]:
    if _is_stored(viewer, filtered):
        return select(func.coalesce(func.sum(_counts.tickets), 0)).where(*_stored_conditions(viewer, filtered))
    return select(func.count()).select_from(LIVE.tickets).where(matching(connection, viewer, filtered))


def _is_stored(viewer: Actor, filtered: TicketFilter) -> bool:
    """Return whether a stored count exists for the filter."""
    countable = TicketFilter(
        states=filtered.states, ticket_type=filtered.ticket_type, organisation_id=filtered.organisation_id
    )
    return filtered == countable and _counted_organisation(viewer, filtered) is not None


def _counted_organisation(viewer: Actor, filtered: TicketFilter) -> str | None:
    """Return the organisation of the stored count; None where none is stored."""
    match scope_of(viewer):
        case Scope.ALL:
            return filtered.organisation_id or EVERY_ORGANISATION
        case Scope.ORGANISATION if viewer.organisation_id and filtered.organisation_id in {
            None,
            viewer.organisation_id,
        }:
            return viewer.organisation_id
    return None


def _stored_conditions(viewer: Actor, filtered: TicketFilter) -> list[ColumnElement[bool]]:
    conditions = [_counts.organisation_id == _counted_organisation(viewer, filtered)]
    if filtered.ticket_type is not None:
        conditions.append(_counts.ticket_type == filtered.ticket_type)
    if filtered.states:
        conditions.append(_counts.state.in_([state.value for state in filtered.states]))
    return conditions
