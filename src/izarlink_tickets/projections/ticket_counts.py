"""Counts of a list's tickets, kept or counted.

Kept are the counts by type, state, awaited party and urgency for everybody, an organisation, a technician and a
requester. The others count rows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from izarlink_tickets.domain.access import Scope, scope_of
from izarlink_tickets.domain.vocabulary import Actor, State
from izarlink_tickets.projections.ticket_count_table import ANY
from izarlink_tickets.projections.ticket_filters import LIVE, TicketFilter, matching

_tickets, _counts = LIVE.tickets.c, LIVE.counts.c


def count_by_state(connection: Connection, viewer: Actor, *, filtered: TicketFilter) -> dict[State, int]:
    """Count the list's tickets in each state.

    The filter's own states are ignored.
    """
    filtered = replace(filtered, states=())
    if _is_kept(viewer, filtered):
        statement = select(_counts.state, func.sum(_counts.tickets)).where(*_kept_conditions(viewer, filtered))
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
    if _is_kept(viewer, filtered):
        return select(func.coalesce(func.sum(_counts.tickets), 0)).where(*_kept_conditions(viewer, filtered))
    return select(func.count()).select_from(LIVE.tickets).where(matching(connection, viewer, filtered))


def _is_kept(viewer: Actor, filtered: TicketFilter) -> bool:
    """Return whether the filter's count is kept."""
    countable = TicketFilter(
        states=filtered.states,
        awaiting=filtered.awaiting,
        ticket_type=filtered.ticket_type,
        urgency=filtered.urgency,
        urgency_from=filtered.urgency_from,
        organisation_id=filtered.organisation_id,
        assignee_id=filtered.assignee_id,
    )
    return filtered == countable and _counted_for(viewer, filtered) is not None


def _counted_for(viewer: Actor, filtered: TicketFilter) -> tuple[str, str] | None:
    """Return the organisation and account of kept counts, if any."""
    match scope_of(viewer):
        case Scope.ALL if not (filtered.organisation_id and filtered.assignee_id):
            return filtered.organisation_id or ANY, filtered.assignee_id or ANY
        case Scope.ORGANISATION if (
            viewer.organisation_id
            and filtered.organisation_id in {None, viewer.organisation_id}
            and not filtered.assignee_id
        ):
            return viewer.organisation_id, ANY
    return None


def _kept_conditions(viewer: Actor, filtered: TicketFilter) -> list[ColumnElement[bool]]:
    organisation_id, account_id = _counted_for(viewer, filtered) or (None, None)
    conditions = [_counts.organisation_id == organisation_id, _counts.account_id == account_id]
    pairs = (
        (_counts.awaiting, filtered.awaiting),
        (_counts.ticket_type, filtered.ticket_type),
        (_counts.urgency, filtered.urgency),
    )
    conditions += [column == value for column, value in pairs if value is not None]
    if filtered.urgency_from is not None:
        conditions.append(_counts.urgency >= filtered.urgency_from)
    if filtered.states:
        conditions.append(_counts.state.in_([state.value for state in filtered.states]))
    return conditions
