"""Queries of the deadlines, for the portal itself, which sees all tickets."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from izarlink_tickets.accounts import accounts
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.projections import ticket_filters
from izarlink_tickets.projections.deadlines import Deadlines, Due

LIVE = Deadlines()
_rows, _tickets = LIVE.rows.c, ticket_filters.LIVE.tickets.c
_WITH_REQUESTER = LIVE.rows.join(ticket_filters.LIVE.tickets, _tickets.number == _rows.number).join(
    accounts, accounts.c.id == _tickets.requester_id
)
_NUMBERS: BindParameter[list[int]] = bindparam("of_numbers", expanding=True)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due for a ticket. Times are aware UTC.

    version: of the event that started this step, the last reminder if there was one.
    closes_on: the day of closing that the last reminder named.
    timezone: of the requester. is_reachable: their account is active.
    """

    number: int
    due: Due
    version: int
    waiting_since: datetime
    reminded_at: datetime | None
    closes_on: date | None
    is_followed_up: bool
    is_solution: bool
    requester_id: str
    timezone: str
    is_reachable: bool


@dataclass(frozen=True, slots=True)
class CurrentReminder:
    """The running wait of a ticket, as a mail quotes it.

    version: of the last reminder. entry: with the question or the solution.
    closes_on: the day of closing that the reminder named, if it binds still.
    """

    version: int
    entry: int
    closes_on: date | None


_COLUMNS = (
    *(_rows[name] for name in ("number", "due", "version", "waiting_since", "reminded_at", "closes_on")),
    *(
        _rows.is_followed_up,
        _tickets.state,
        _tickets.requester_id,
        accounts.c.timezone,
        accounts.c.active.label("is_reachable"),
    ),
)
_SELECT = select(*_COLUMNS).select_from(_WITH_REQUESTER).order_by(_rows.since)


def overdue(connection: Connection, due: Due, *, since: datetime, limit: int) -> list[Deadline]:
    """List the tickets that have waited since then, longest first.

    since: aware UTC.
    """
    statement = _SELECT.where(_rows.due == due.value, _rows.since <= since).limit(limit)
    return [_deadline(dict(row)) for row in connection.execute(statement).mappings()]


def dated_ahead(connection: Connection, *, of: datetime, limit: int) -> list[int]:
    """List the tickets whose wait is dated ahead.

    It reads the whole table, as few tickets wait. of: aware UTC.
    """
    is_ahead = or_(_rows.waiting_since > of, _rows.reminded_at > of)
    statement = select(_rows.number).where(_rows.due != Due.RESUMPTION.value, is_ahead).limit(limit)
    return list(connection.execute(statement).scalars())


def current_reminders(connection: Connection, *, numbers: Collection[int]) -> dict[int, CurrentReminder]:
    """Return the waits of these tickets that still last, by number."""
    if not numbers:
        return {}
    columns = (_rows.number, _rows.version, _rows.entry, _rows.closes_on)
    rows = connection.execute(select(*columns).where(_rows.number.in_(_NUMBERS)), {"of_numbers": sorted(numbers)})
    return {number: CurrentReminder(version, entry, _day(day)) for number, version, entry, day in rows}


def _deadline(values: dict[str, Any]) -> Deadline:
    is_solution = values.pop("state") == State.RESOLVED
    due, closes_on = Due(values.pop("due")), _day(values.pop("closes_on"))
    return Deadline(due=due, closes_on=closes_on, is_solution=is_solution, **values)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
