"""The current state of the tickets, one row each, and their counts.

Rows hold ids; names and labels are joined when read. The queries are in `ticket_queries` and `ticket_counts`.
"""

from functools import singledispatch
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    null,
    select,
    update,
)

from izarlink_tickets.database import Timestamp
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.text import fold
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel
from izarlink_tickets.projections.ticket_count_table import TicketCounts, count_differences

_ID = String(36)
# The columns that the counts depend on.
_COUNTED = ("organisation_id", "requester_id", "assignee_id", "ticket_type", "state", "awaiting", "urgency")
# What a customer expects an answer to.
_QUESTIONS = (
    events.FollowUpAdded,
    events.SolutionRefused,
    events.Reopened,
    events.CancellationRequested,
)
# What answers the customer.
_ANSWERS = (
    events.FollowUpAdded,
    events.InformationRequested,
    events.Held,
    events.Resolved,
    events.SolutionRevised,
    events.SolutionWithdrawn,
    events.CancellationDeclined,
    events.Reopened,
)
# What ends the ticket.
_ENDS = (events.SolutionApproved, events.SolutionApprovedOnBehalf, events.AutoClosed, events.Cancelled)


class TicketList(ReadModel):
    """Tables `ticket_list`, `ticket_list_watchers` and `ticket_list_counts`."""

    NAME: ClassVar[str] = "ticket_list"
    VERSION: ClassVar[int] = 9

    def declare(self) -> None:
        self.tickets = _ticket_table(self)
        self.watchers = self.table(
            "ticket_list_watchers",
            Column("ticket_id", Uuid, primary_key=True),
            Column("account_id", _ID, primary_key=True),
        )
        # The tickets that a viewer watches.
        Index(None, self.watchers.c.account_id)
        self._counts = TicketCounts(self)
        self.counts = self._counts.table
        counted = (self.tickets.c[name] for name in _COUNTED)
        self._select_counted = select(*counted).where(self.tickets.c.ticket_id == bindparam("of_ticket"))
        self._insert = insert(self.tickets)
        self._update = update(self.tickets).where(self.tickets.c.ticket_id == bindparam("of_ticket"))
        # The first question counts: asking again keeps the place in the queue.
        since = func.coalesce(self.tickets.c.unanswered_since, bindparam("question_at", type_=Timestamp))
        self._ask = self._update.values(unanswered_since=since, is_answered=False, turn_at=since)
        self._answer = self._update.values(unanswered_since=null(), is_answered=True, turn_at=self.tickets.c.opened_at)
        self._add_watcher = insert(self.watchers)
        self._remove_watcher = delete(self.watchers).where(
            self.watchers.c.ticket_id == bindparam("of_ticket"), self.watchers.c.account_id == bindparam("of_account")
        )

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Update the ticket's row with one event."""
        event = projected.event
        if isinstance(event, events.Opened):
            row = _opened(event)
            connection.execute(self._insert, row)
            self._counts.add(connection, count_differences(None, row))
            return
        self._apply_watchers(connection, event)
        values = {"of_ticket": event.originator_id} | _common_changes(event) | _changes_of(event, projected.entry)
        before = self._counted(connection, event)
        self._update_row(connection, event, values)
        self._counts.add(connection, count_differences(before, before | values))

    def finish(self, connection: Connection) -> None:
        """Store the counts of a rebuild."""
        self._counts.write(connection)

    def _update_row(self, connection: Connection, event: events.TicketEvent, values: dict[str, Any]) -> None:
        if event.role in CUSTOMER_ROLES and isinstance(event, _QUESTIONS):
            connection.execute(self._ask, values | {"question_at": event.timestamp})
        elif isinstance(event, (*_ANSWERS, *_ENDS)):
            connection.execute(self._answer, values)
        else:
            connection.execute(self._update, values)

    def _counted(self, connection: Connection, event: events.TicketEvent) -> dict[str, Any]:
        """Load what the counts of the ticket depend on."""
        row = connection.execute(self._select_counted, {"of_ticket": event.originator_id}).mappings().one()
        return dict(row)

    def _apply_watchers(self, connection: Connection, event: events.TicketEvent) -> None:
        if isinstance(event, events.WatcherAdded):
            row = {"ticket_id": event.originator_id, "account_id": event.watcher_id}
            connection.execute(self._add_watcher, row)
        elif isinstance(event, events.WatcherRemoved):
            self._drop_watcher(connection, event, event.watcher_id)
        elif isinstance(event, events.RequesterChanged):
            self._drop_watcher(connection, event, event.requester_id)

    def _drop_watcher(self, connection: Connection, event: events.TicketEvent, account_id: str) -> None:
        connection.execute(self._remove_watcher, {"of_ticket": event.originator_id, "of_account": account_id})


def _ticket_table(model: ReadModel) -> Table:
    table = model.table(
        "ticket_list",
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("ticket_id", Uuid, nullable=False, unique=True),
        Column("version", Integer, nullable=False),
        Column("organisation_id", _ID, nullable=False),
        Column("requester_id", _ID, nullable=False),
        Column("assignee_id", _ID),
        Column("ticket_type", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("service_id", _ID),
        Column("urgency", Integer),
        Column("impact", Integer, nullable=False),
        Column("priority", Integer, nullable=False),
        # Sort keys are columns: SQLite starts in the midst of equal values only in an index of columns.
        # A Demande ranks below all urgencies. The highest priority has the smallest rank, as the oldest ticket has the
        # smallest number.
        Column("urgency_rank", Integer, nullable=False),
        Column("priority_rank", Integer, nullable=False),
        # Since when the customer waits for an answer; NULL once answered.
        Column("unanswered_since", Timestamp),
        # The order within one priority: unanswered tickets first, by `unanswered_since`, then the others by age.
        Column("is_answered", Boolean, nullable=False),
        Column("turn_at", Timestamp, nullable=False),
        Column("title", Text),  # NULL once erased
        Column("title_folded", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("awaiting", Text),
        Column("state_since", Timestamp, nullable=False),
        Column("opened_at", Timestamp, nullable=False),
        # Of public events only: a customer's list must not reveal an internal note, not even by its time.
        Column("last_activity_at", Timestamp, nullable=False),
        Column("related_to", BigInteger),
        Column("solution_version", Integer, nullable=False),
        Column("solution_entry", Integer),
        Column("solution_author_id", _ID),
        Column("staff_has_acted", Boolean, nullable=False),
        Column("cancellation_is_requested", Boolean, nullable=False),
    )
    _index(table)
    return table


def _index(table: Table) -> None:
    column, number = table.c, table.c.number
    newest = (column.last_activity_at, number)
    # A company's list in each order, and by state.
    Index(None, column.organisation_id, *newest)
    Index(None, column.organisation_id, column.state, *newest)
    Index(None, column.organisation_id, column.opened_at, number)
    Index(None, column.organisation_id, column.title_folded, number)
    Index(None, column.organisation_id, column.state, number)
    Index(None, column.organisation_id, column.urgency_rank, number)
    # « Mes tickets », with counts by state.
    Index(None, column.requester_id, column.state)
    # The desk's views by state, which sort only open tickets. « Tous » by state.
    Index(None, column.state, number)
    # « À moi », and all tickets of a technician.
    Index(None, column.assignee_id, column.state)
    Index(None, column.assignee_id, *newest)
    # The desk's « Tous » in each order.
    Index(None, *newest)
    Index(None, column.opened_at, number)
    Index(None, column.title_folded, number)
    Index(None, column.urgency_rank, number)
    Index(None, column.priority_rank, column.is_answered, column.turn_at, number)
    # The filters of « Tous » that may match few of many.
    Index(None, column.category, *newest)
    Index(None, column.service_id, *newest)
    Index(None, column.urgency, *newest)


def _opened(event: events.Opened) -> dict[str, Any]:
    return {
        "number": event.number,
        "ticket_id": event.originator_id,
        "version": event.originator_version,
        "organisation_id": event.organisation_id,
        "requester_id": event.requester_id,
        "assignee_id": None,
        **_qualification(event),
        "title": event.title,
        "title_folded": fold(event.title or ""),
        "state": event.state,
        "awaiting": event.awaiting,
        "state_since": event.timestamp,
        "opened_at": event.timestamp,
        "last_activity_at": event.timestamp,
        "unanswered_since": event.timestamp,
        "is_answered": False,
        "turn_at": event.timestamp,
        "related_to": event.related_to,
        "solution_version": 0,
        "staff_has_acted": False,
        "cancellation_is_requested": False,
    }


def _common_changes(event: events.TicketEvent) -> dict[str, Any]:
    """Return the columns that any event may change."""
    values: dict[str, Any] = {"version": event.originator_version, "state": event.state, "awaiting": event.awaiting}
    if event.state != event.previous_state:
        values["state_since"] = event.timestamp
    if event.IS_PUBLIC:
        values["last_activity_at"] = event.timestamp
    if events.is_staff_action(event):
        values["staff_has_acted"] = True
    return values


@singledispatch
def _changes_of(_event: events.TicketEvent, _entry: int) -> dict[str, Any]:
    """Return the columns that only this class of event changes."""
    return {}


@_changes_of.register
def _(event: events.Requalified, _entry: int) -> dict[str, Any]:
    return _qualification(event)


@_changes_of.register
def _(event: events.Assigned, _entry: int) -> dict[str, Any]:
    return {"assignee_id": event.assignee_id}


@_changes_of.register
def _(event: events.RequesterChanged, _entry: int) -> dict[str, Any]:
    return {"requester_id": event.requester_id}


@_changes_of.register(events.Resolved)
@_changes_of.register(events.SolutionRevised)
def _(event: events.Resolved | events.SolutionRevised, entry: int) -> dict[str, Any]:
    return {
        "solution_version": event.solution_version,
        "solution_entry": entry,
        "solution_author_id": event.actor_id,
        "cancellation_is_requested": False,
    }


@_changes_of.register
def _(_event: events.CancellationRequested, _entry: int) -> dict[str, Any]:
    return {"cancellation_is_requested": True}


@_changes_of.register
def _(_event: events.CancellationDeclined, _entry: int) -> dict[str, Any]:
    return {"cancellation_is_requested": False}


def _qualification(event: events.Opened | events.Requalified) -> dict[str, Any]:
    columns = ("ticket_type", "category", "service_id", "urgency", "impact", "priority")
    ranks = {"urgency_rank": event.urgency or 0, "priority_rank": -event.priority}
    return {column: getattr(event, column) for column in columns} | ranks
