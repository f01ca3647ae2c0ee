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
    insert,
    literal_column,
    select,
    update,
)

from izarlink_tickets.database import EpochTime
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import Urgency
from izarlink_tickets.projections.queue_rank import queue_rank
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel
from izarlink_tickets.projections.ticket_count_table import TicketCounts, count_differences

_ID = String(36)
# On SQLite the key of a row itself, instead of an index beside it.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
# The columns that the counts and the place in the queue depend on.
_COUNTED = ("organisation_id", "requester_id", "assignee_id", "ticket_type", "state", "awaiting", "urgency")
_RANKED = ("priority", "unanswered_since", "opened_at")
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
            Column("number", BigInteger, primary_key=True, autoincrement=False),
            Column("account_id", _ID, primary_key=True),
        )
        # The tickets that a viewer watches.
        Index(None, self.watchers.c.account_id, self.watchers.c.number)
        self._counts = TicketCounts(self)
        self.counts = self._counts.table
        counted = (self.tickets.c[name] for name in ("number", *_COUNTED, *_RANKED))
        self._select_counted = select(*counted).where(self.tickets.c.ticket_id == bindparam("of_ticket"))
        self._insert = insert(self.tickets)
        self._update = update(self.tickets).where(self.tickets.c.ticket_id == bindparam("of_ticket"))
        self._add_watcher = insert(self.watchers)
        self._remove_watcher = delete(self.watchers).where(
            self.watchers.c.number == bindparam("of_number"), self.watchers.c.account_id == bindparam("of_account")
        )

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Update the ticket's row with one event."""
        event = projected.event
        if isinstance(event, events.Opened):
            row = _opened(event)
            connection.execute(self._insert, row)
            self._counts.add(connection, count_differences(None, row))
            return
        values = {"of_ticket": event.originator_id} | _common_changes(event) | _changes_of(event, projected.entry)
        before = self._counted(connection, event)
        self._apply_watchers(connection, event, before["number"])
        after = before | values | _unanswered(before, event)
        ranked = {"unanswered_since": after["unanswered_since"], "queue_rank": _rank(after)}
        connection.execute(self._update, values | ranked)
        self._counts.add(connection, count_differences(before, after))

    def finish(self, connection: Connection) -> None:
        """Store the counts of a rebuild."""
        self._counts.write(connection)

    def _counted(self, connection: Connection, event: events.TicketEvent) -> dict[str, Any]:
        """Load what the counts of the ticket depend on."""
        row = connection.execute(self._select_counted, {"of_ticket": event.originator_id}).mappings().one()
        return dict(row)

    def _apply_watchers(self, connection: Connection, event: events.TicketEvent, number: int) -> None:
        if isinstance(event, events.WatcherAdded):
            connection.execute(self._add_watcher, {"number": number, "account_id": event.watcher_id})
        elif isinstance(event, events.WatcherRemoved):
            connection.execute(self._remove_watcher, {"of_number": number, "of_account": event.watcher_id})
        elif isinstance(event, events.RequesterChanged):
            connection.execute(self._remove_watcher, {"of_number": number, "of_account": event.requester_id})


def _ticket_table(model: ReadModel) -> Table:
    table = model.table(
        "ticket_list",
        Column("number", _NUMBER, primary_key=True, autoincrement=False),
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
        # The urgency to sort by: a Demande, which has none, ranks below all.
        Column("urgency_rank", Integer, nullable=False),
        # The place in the desk's queue; the smallest comes first.
        Column("queue_rank", BigInteger, nullable=False),
        # Since when the customer waits for an answer; NULL once answered.
        Column("unanswered_since", EpochTime),
        Column("title", Text),  # NULL once erased
        Column("title_folded", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("awaiting", Text),
        Column("state_since", EpochTime, nullable=False),
        Column("opened_at", EpochTime, nullable=False),
        # Of public events only: a customer's list must not reveal an internal note, not even by its time.
        Column("last_activity_at", EpochTime, nullable=False),
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
    """Index the lists: whose tickets they show, the state, the order.

    A list merges the tickets of its states, each read in the list's order from an index and only as far as the page
    goes. A row's state and number cover the rest, so that a page reads its own rows alone, at any size.
    """
    column, number = table.c, table.c.number
    orders = {"queue_rank", "last_activity_at", "title_folded", "urgency_rank"}
    for order in sorted(orders):
        # The desk's views, in each order.
        Index(None, column.state, column[order], number)
        # A company's list; at the desk one customer's, and further tickets of a ticket's customer.
        Index(None, column.organisation_id, column.state, column[order], number)
    # By number and by state, which are the order of opening too.
    Index(None, column.state, number)
    Index(None, column.organisation_id, column.state, number)
    # « Mes tickets ».
    Index(None, column.requester_id, column.state, column.last_activity_at, number)
    # « À moi », a technician's tickets, and those of nobody.
    Index(None, column.assignee_id, column.state, column.queue_rank, number)
    Index(None, column.assignee_id, column.state, column.last_activity_at, number)
    # « Haute urgence ».
    is_urgent = column.urgency >= literal_column(str(Urgency.HIGH.value))
    urgent = (column.state, column.queue_rank, number)
    Index(f"ix_{table.name}_urgent", *urgent, sqlite_where=is_urgent, postgresql_where=is_urgent)
    # A category of few tickets, and how many it has.
    Index(None, column.category, column.state, number)


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
        "queue_rank": queue_rank(priority=event.priority, unanswered_since=event.timestamp, opened_at=event.timestamp),
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
    return {column: getattr(event, column) for column in columns} | {"urgency_rank": event.urgency or 0}


def _unanswered(before: dict[str, Any], event: events.TicketEvent) -> dict[str, Any]:
    """Return since when the customer waits, where the event changes it."""
    if event.role in CUSTOMER_ROLES and isinstance(event, _QUESTIONS):
        # The first question counts: asking again keeps the place in the queue.
        return {"unanswered_since": before["unanswered_since"] or event.timestamp}
    return {"unanswered_since": None} if isinstance(event, (*_ANSWERS, *_ENDS)) else {}


def _rank(row: dict[str, Any]) -> int:
    return queue_rank(**{name: row[name] for name in _RANKED})
