"""Deadlines of tickets that wait for an answer, approval or date.

A row holds the start of the wait. How long it may last is a setting, so that changing it needs no rebuild.
The queries are in `deadline_queries`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Table, Text, bindparam

from izarlink_tickets.database import Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import Awaiting, State
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, Row, TicketRows, changed_columns

_WAITING = frozenset({State.PENDING.value, State.RESOLVED.value})

_STARTS_WAIT = frozenset({events.InformationRequested, events.Resolved, events.SolutionRevised, events.Held})


class Due(StrEnum):
    """The next step of the portal if nothing else happens."""

    INFORMATION_REMINDER = "information-reminder"
    SOLUTION_REMINDER = "solution-reminder"
    CLOSING = "closing"
    RESUMPTION = "resumption"


class Deadlines(ReadModel):
    """Table `deadlines`: one row for each ticket with something due."""

    NAME: ClassVar[str] = "deadlines"
    VERSION: ClassVar[int] = 2

    def declare(self) -> None:
        self.rows = self.table(
            "deadlines",
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("due", Text, nullable=False),
            # When the question or the solution came; for a third party the expected date.
            Column("since", Timestamp, nullable=False),
            # Of the event that started this part of the wait; the id of the command that ends it derives from it.
            Column("version", Integer, nullable=False),
            Column("reminded_at", Timestamp),
            # Support has written since: the reminder still comes, the closing does not.
            Column("is_followed_up", Boolean, nullable=False),
        )
        # Tickets with this due, the longest wait first; read every few seconds.
        Index(None, self.rows.c.due, self.rows.c.since)
        of_number = self.rows.c.number == bindparam("of_number")
        self._columns = self.rows.c.keys()
        self._insert = self.rows.insert()
        self._update = self.rows.update().where(of_number)
        self._delete = self.rows.delete().where(of_number)

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Start, continue or end the ticket's wait."""
        event = projected.event
        if rows.deadline is None and type(event) not in _STARTS_WAIT:
            return
        if started := _started_wait(projected):
            rows.deadline = started
        elif _ends_wait(event):
            rows.deadline = None
        if rows.deadline and not started:
            rows.deadline = _continued_wait(rows.deadline, event)

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Insert, update or delete the ticket's wait."""
        old, new = before.deadline, after.deadline
        if old is None:
            if new is not None:
                connection.execute(self._insert, new)
        elif new is None:
            connection.execute(self._delete, {"of_number": old["number"]})
        elif changes := changed_columns(old, new):
            connection.execute(self._update, changes | {"of_number": old["number"]})

    def rows_of(self, rows: TicketRows) -> Iterator[tuple[Table, Sequence[Row]]]:
        """Return the ticket's wait, if any."""
        if rows.deadline:
            yield self.rows, [tuple(map(rows.deadline.__getitem__, self._columns))]


def _started_wait(projected: ProjectedEvent) -> dict[str, Any] | None:
    """Return the row of the wait that the event starts."""
    event = projected.event
    match event:
        case events.InformationRequested():
            due, since = Due.INFORMATION_REMINDER, event.timestamp
        case events.Resolved() | events.SolutionRevised():
            due, since = Due.SOLUTION_REMINDER, event.timestamp
        case events.Held():
            due, since = Due.RESUMPTION, datetime.fromisoformat(event.until)
        case _:
            return None
    return {
        "number": projected.number,
        "due": due.value,
        "since": since,
        "version": event.originator_version,
        "reminded_at": None,
        "is_followed_up": False,
    }


def _ends_wait(event: events.TicketEvent) -> bool:
    """Return whether the wait is over, answered, or past its one reminder."""
    match event:
        case events.FollowUpAdded():
            return event.state == State.RESOLVED and event.role in CUSTOMER_ROLES
        case events.ReminderSent():
            return event.awaiting == Awaiting.CUSTOMER
    return event.state != event.previous_state and event.previous_state in _WAITING


def _continued_wait(row: dict[str, Any], event: events.TicketEvent) -> dict[str, Any] | None:
    """Return the row after another event of the wait."""
    match event:
        case events.ReminderSent():
            reminded = {"due": Due.CLOSING.value, "version": event.originator_version, "reminded_at": event.timestamp}
            return None if row["is_followed_up"] else row | reminded
        case events.FollowUpAdded():
            return None if row["due"] == Due.CLOSING else row | {"is_followed_up": True}
    return row
