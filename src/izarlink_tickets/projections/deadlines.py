"""Deadlines of tickets that wait for an answer, approval or date.

A row holds the start of the wait. How long it may last is a setting, so that changing it needs no rebuild.
The queries are in `deadline_queries`.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Boolean, Column, Connection, Index, Integer, Text, Uuid, bindparam, true

from izarlink_tickets.database import Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import Awaiting, State
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel

_WAITING = frozenset({State.PENDING.value, State.RESOLVED.value})


class Due(StrEnum):
    """The next step of the portal if nothing else happens."""

    INFORMATION_REMINDER = "information-reminder"
    SOLUTION_REMINDER = "solution-reminder"
    CLOSING = "closing"
    RESUMPTION = "resumption"


class Deadlines(ReadModel):
    """Table `deadlines`: one row for each ticket with something due."""

    NAME: ClassVar[str] = "deadlines"
    VERSION: ClassVar[int] = 1

    def declare(self) -> None:
        self.rows = self.table(
            "deadlines",
            Column("ticket_id", Uuid, primary_key=True),
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
        row, of_ticket = self.rows.c, self.rows.c.ticket_id == bindparam("of_ticket")
        self._insert = self.rows.insert()
        self._end = self.rows.delete().where(of_ticket)
        self._end_followed_up = self._end.where(row.is_followed_up == true())
        self._end_closing = self._end.where(row.due == Due.CLOSING.value)
        self._change = self.rows.update().where(of_ticket)
        self._follow_up = self._change.values(is_followed_up=True)

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Start, continue or end the ticket's wait."""
        event = projected.event
        of_ticket = {"of_ticket": event.originator_id}
        started = _started_wait(event)
        if started or _ends_wait(event):
            connection.execute(self._end, of_ticket)
        if started:
            connection.execute(self._insert, started)
        elif isinstance(event, events.ReminderSent):
            connection.execute(self._end_followed_up, of_ticket)
            connection.execute(self._change, of_ticket | _reminded(event))
        elif isinstance(event, events.FollowUpAdded):
            connection.execute(self._end_closing, of_ticket)
            connection.execute(self._follow_up, of_ticket)


def _started_wait(event: events.TicketEvent) -> dict[str, Any]:
    """Return the row of the wait that the event starts, or nothing."""
    match event:
        case events.InformationRequested():
            due, since = Due.INFORMATION_REMINDER, event.timestamp
        case events.Resolved() | events.SolutionRevised():
            due, since = Due.SOLUTION_REMINDER, event.timestamp
        case events.Held():
            due, since = Due.RESUMPTION, datetime.fromisoformat(event.until)
        case _:
            return {}
    return {
        "ticket_id": event.originator_id,
        "due": due.value,
        "since": since,
        "version": event.originator_version,
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


def _reminded(event: events.ReminderSent) -> dict[str, Any]:
    return {"due": Due.CLOSING.value, "version": event.originator_version, "reminded_at": event.timestamp}
