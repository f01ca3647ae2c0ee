"""Deadlines of tickets that wait for an answer, approval or date.

A row holds the wait and its next step. How long a wait may last is a setting, so that changing it needs no rebuild; a
day of closing that a reminder named binds whatever the setting says later.
The queries are in `deadline_queries`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Connection, Index, Integer, Table, Text, bindparam

from izarlink_tickets.database import PreparedStatement, Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import Awaiting, SilenceCause, State
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, Row, TicketRows, changed_columns

# Where a day begins first.
_EARLIEST_ZONE = timezone(timedelta(hours=14))
_WAITING = frozenset({State.PENDING.value, State.RESOLVED.value})

_STARTS_WAIT = frozenset(
    {
        events.InformationRequested,
        events.Resolved,
        events.SolutionRevised,
        events.Held,
        events.RequesterChanged,
        events.WaitRestarted,
    }
)


class Due(StrEnum):
    """The next step of the portal if nothing else happens."""

    INFORMATION_REMINDER = "information-reminder"
    SOLUTION_REMINDER = "solution-reminder"
    # The reminder named a day.
    CLOSING = "closing"
    # The reminder named none: support is told of the silence.
    REPORT = "report"
    # Support was told of a solution's silence: a reminder that names a day follows once closing is switched on.
    ANNOUNCEMENT = "announcement"
    # Support was told; nothing else follows.
    NOTHING = "nothing"
    RESUMPTION = "resumption"


class Deadlines(ReadModel):
    """Table `deadlines`: one row for each ticket that waits."""

    NAME: ClassVar[str] = "deadlines"
    VERSION: ClassVar[int] = 10

    def declare(self) -> None:
        self.rows = self.table(
            "deadlines",
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("due", Text, nullable=False),
            # The earliest moment from which delays count: the start of the wait, the last reminder, the day of closing
            # where it begins first, the expected day of a third party.
            Column("since", Timestamp, nullable=False),
            # Of the event that started this step; the id of the command that ends it derives from it.
            Column("version", Integer, nullable=False),
            # The timeline entry with the question or the solution.
            Column("entry", Integer, nullable=False),
            Column("waiting_since", Timestamp, nullable=False),
            Column("reminded_at", Timestamp),
            # The day that the last reminder named, ISO 8601.
            Column("closes_on", Text),
            # Support has written since: the reminder still comes, the closing does not.
            Column("is_followed_up", Boolean, nullable=False),
        )
        # Tickets with this due, the longest wait first; read every few seconds.
        Index(None, self.rows.c.due, self.rows.c.since)
        of_number = self.rows.c.number == bindparam("of_number")
        self._columns = self.rows.c.keys()
        self._insert = PreparedStatement(self.rows.insert())
        self._update = PreparedStatement(self.rows.update().where(of_number))
        self._delete = PreparedStatement(self.rows.delete().where(of_number))

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Start, continue or end the ticket's wait."""
        event = projected.event
        if rows.deadline is None and type(event) not in _STARTS_WAIT:
            return
        if started := _started_wait(rows, projected):
            rows.deadline = started
        elif _ends_wait(event):
            rows.deadline = None
        elif rows.deadline:
            rows.deadline = _continued_wait(rows.deadline, event)

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Insert, update or delete the ticket's wait."""
        old, new = before.deadline, after.deadline
        if old is None:
            if new is not None:
                self._insert.execute(connection, new)
        elif new is None:
            self._delete.execute(connection, {"of_number": old["number"]})
        elif changes := changed_columns(old, new):
            self._update.execute(connection, changes | {"of_number": old["number"]})

    def rows_of(self, rows: TicketRows) -> Iterator[tuple[Table, Sequence[Row]]]:
        """Return the ticket's wait, if any."""
        if rows.deadline:
            yield self.rows, [tuple(map(rows.deadline.__getitem__, self._columns))]


def _started_wait(rows: TicketRows, projected: ProjectedEvent) -> dict[str, Any] | None:
    """Return the row of the wait that the event starts."""
    event, entry = projected.event, projected.entry
    match event:
        case events.InformationRequested():
            due, since = Due.INFORMATION_REMINDER, event.timestamp
        case events.Resolved() | events.SolutionRevised():
            due, since = Due.SOLUTION_REMINDER, event.timestamp
        case events.Held():
            due, since = Due.RESUMPTION, datetime.fromisoformat(event.until)
        case events.RequesterChanged() | events.WaitRestarted():
            if not (restarted := _restarted_due(event)):
                return None
            due, since, entry = restarted, event.timestamp, _entry_of_wait(rows)
        case _:
            return None
    return {
        "number": projected.number,
        "due": due.value,
        "since": since,
        "version": event.originator_version,
        "entry": entry,
        "waiting_since": event.timestamp,
        "reminded_at": None,
        "closes_on": None,
        "is_followed_up": False,
    }


def _restarted_due(event: events.TicketEvent) -> Due | None:
    """Return the reminder that is due in a wait that begins anew."""
    if event.awaiting == Awaiting.CUSTOMER:
        return Due.INFORMATION_REMINDER
    return Due.SOLUTION_REMINDER if event.state == State.RESOLVED else None


def _entry_of_wait(rows: TicketRows) -> int:
    """Return the entry with the question or the solution."""
    if rows.deadline:
        return int(rows.deadline["entry"])
    # The customer has written since the solution, which ended the row.
    return int((rows.ticket or {}).get("solution_entry") or 0)


def _ends_wait(event: events.TicketEvent) -> bool:
    """Return whether the wait is over or answered."""
    if isinstance(event, events.FollowUpAdded):
        return event.state == State.RESOLVED and event.role in CUSTOMER_ROLES
    return event.state != event.previous_state and event.previous_state in _WAITING


def _continued_wait(row: dict[str, Any], event: events.TicketEvent) -> dict[str, Any]:
    """Return the row after another event of the wait."""
    match event:
        case events.ReminderSent():
            return row | _reminded(row, event)
        case events.SilenceReported():
            is_announced = event.cause == SilenceCause.NO_ANSWER and event.state == State.RESOLVED
            due = Due.ANNOUNCEMENT if is_announced and not row["is_followed_up"] else Due.NOTHING
            return row | {"due": due.value}
        case events.FollowUpAdded():
            due = Due.REPORT if row["due"] in {Due.CLOSING, Due.ANNOUNCEMENT} else Due(row["due"])
            since = row["reminded_at"] if due is Due.REPORT else row["since"]
            return row | {"is_followed_up": True, "closes_on": None, "due": due.value, "since": since}
    return row


def _reminded(row: dict[str, Any], event: events.ReminderSent) -> dict[str, Any]:
    """Return what a reminder changes."""
    reminded = {"version": event.originator_version, "reminded_at": event.timestamp}
    if event.closes_on is None or row["is_followed_up"]:
        return reminded | {"due": Due.REPORT.value, "since": event.timestamp, "closes_on": None}
    begins = datetime.combine(date.fromisoformat(event.closes_on), time(), _EARLIEST_ZONE)
    return reminded | {"due": Due.CLOSING.value, "since": begins, "closes_on": event.closes_on}
