"""The tickets as they stand now: one row each, and how many there are. `ticket_queries` and `ticket_counts` ask.

Rows hold ids; names and labels are joined when read.
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
    MetaData,
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

from izarlink_tickets.database import Timestamp, metadata
from izarlink_tickets.domain import events
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.ticket_state import is_staff_act
from izarlink_tickets.projections.counting import CountKey, TicketCounts
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, prefixes
from izarlink_tickets.projections.response_tracking import asks_for_an_answer, leaves_nothing_unanswered

_ID = String(36)


class TicketList(ReadModel):
    """Tables `ticket_list` (a row a ticket), `ticket_list_watchers` (a row a watcher) and `ticket_list_counts`."""

    NAME: ClassVar[str] = "ticket_list"
    VERSION: ClassVar[int] = 8

    def __init__(self, suffix: str = "", *, temporary: bool = False) -> None:
        self.metadata = MetaData(naming_convention=metadata.naming_convention)
        self.tickets = _ticket_table(f"ticket_list{suffix}", self.metadata, prefixes(temporary=temporary))
        self.watchers = Table(
            f"ticket_list_watchers{suffix}",
            self.metadata,
            Column("ticket_id", Uuid, primary_key=True),
            Column("account_id", _ID, primary_key=True),
            prefixes=prefixes(temporary=temporary),
        )
        # "Which do I watch?", part of what a customer sees.
        Index(None, self.watchers.c.account_id)
        self._counts = TicketCounts(suffix, self.metadata, temporary=temporary)
        self.counts = self._counts.table
        self._kind = select(self.tickets.c.organisation_id, self.tickets.c.ticket_type, self.tickets.c.state).where(
            self.tickets.c.ticket_id == bindparam("of_ticket")
        )
        self._insert = insert(self.tickets)
        self._update = update(self.tickets).where(self.tickets.c.ticket_id == bindparam("of_ticket"))
        # The first question counts: who asks again doesn't lose his place.
        asked_at = func.coalesce(self.tickets.c.unanswered_since, bindparam("asked_at", type_=Timestamp))
        self._ask = self._update.values(unanswered_since=asked_at, is_answered=False, turn_at=asked_at)
        self._answer = self._update.values(unanswered_since=null(), is_answered=True, turn_at=self.tickets.c.opened_at)
        self._add_watcher = insert(self.watchers)
        self._remove_watcher = delete(self.watchers).where(
            self.watchers.c.ticket_id == bindparam("of_ticket"), self.watchers.c.account_id == bindparam("of_account")
        )

    def apply(self, connection: Connection, projected: ProjectedEvent) -> None:
        """Bring the ticket's row up to date with one event."""
        event = projected.event
        if isinstance(event, events.Opened):
            connection.execute(self._insert, _opened(event))
            self._count(connection, event, 1)
            return
        self._apply_watchers(connection, event)
        values = {"of_ticket": event.originator_id} | _moved(event) | _changed(event, projected.entry)
        is_counted_elsewhere = event.state != event.previous_state or isinstance(event, events.Requalified)
        if is_counted_elsewhere:
            self._count(connection, event, -1)
        self._change(connection, event, values)
        if is_counted_elsewhere:
            self._count(connection, event, 1)

    def finish(self, connection: Connection) -> None:
        """Write the counts."""
        self._counts.write(connection)

    def _change(self, connection: Connection, event: events.TicketEvent, values: dict[str, Any]) -> None:
        if asks_for_an_answer(event):
            connection.execute(self._ask, values | {"asked_at": event.timestamp})
        elif leaves_nothing_unanswered(event):
            connection.execute(self._answer, values)
        else:
            connection.execute(self._update, values)

    def _count(self, connection: Connection, event: events.TicketEvent, more: int) -> None:
        """Count the ticket where its row says it is, of its organisation and of all."""
        kind = connection.execute(self._kind, {"of_ticket": event.originator_id}).one()
        self._counts.add(connection, CountKey(*kind), more)

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


def _ticket_table(name: str, model: MetaData, table_prefixes: list[str]) -> Table:
    table = Table(
        name,
        model,
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
        # As lists are sorted: columns, since SQLite doesn't enter an index of expressions in the midst of equal values.
        # A Demande comes below all urgencies; what presses most is the smallest, as the oldest number is.
        Column("urgency_rank", Integer, nullable=False),
        Column("priority_rank", Integer, nullable=False),
        # Since when the customer waits for a word of support; NULL once he has one.
        Column("unanswered_since", Timestamp),
        # As the desk takes its turns: of one priority the unanswered first, by `unanswered_since`; the others by age.
        Column("is_answered", Boolean, nullable=False),
        Column("turn_at", Timestamp, nullable=False),
        Column("title", Text),  # NULL once its author is erased
        Column("title_folded", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("awaiting", Text),
        Column("state_since", Timestamp, nullable=False),
        Column("opened_at", Timestamp, nullable=False),
        # Of public events only: an internal note must not show in a customer's list, not even as a time.
        Column("last_activity_at", Timestamp, nullable=False),
        Column("related_to", BigInteger),
        Column("solution_version", Integer, nullable=False),
        Column("solution_entry", Integer),
        Column("solution_author_id", _ID),
        Column("staff_has_acted", Boolean, nullable=False),
        Column("cancellation_is_requested", Boolean, nullable=False),
        prefixes=table_prefixes,
    )
    _index(table)
    return table


def _index(table: Table) -> None:
    column, number = table.c, table.c.number
    newest = (column.last_activity_at, number)
    # A company's list in each order offered, and by state.
    Index(None, column.organisation_id, *newest)
    Index(None, column.organisation_id, column.state, *newest)
    Index(None, column.organisation_id, column.opened_at, number)
    Index(None, column.organisation_id, column.title_folded, number)
    Index(None, column.organisation_id, column.state, number)
    Index(None, column.organisation_id, column.urgency_rank, number)
    # « Mes tickets » and their counts by state.
    Index(None, column.requester_id, column.state)
    # The desk's views by state: as many rows as are open, which are then sorted. « Tous » by state.
    Index(None, column.state, number)
    # « À moi », and all that a technician ever had.
    Index(None, column.assignee_id, column.state)
    Index(None, column.assignee_id, *newest)
    # The desk's « Tous », in each other order offered.
    Index(None, *newest)
    Index(None, column.opened_at, number)
    Index(None, column.title_folded, number)
    Index(None, column.urgency_rank, number)
    Index(None, column.priority_rank, column.is_answered, column.turn_at, number)
    # The filters of « Tous » that may name few of many.
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


def _moved(event: events.TicketEvent) -> dict[str, Any]:
    """Give the columns that any event may move."""
    values: dict[str, Any] = {"version": event.originator_version, "state": event.state, "awaiting": event.awaiting}
    if event.state != event.previous_state:
        values["state_since"] = event.timestamp
    if event.IS_PUBLIC:
        values["last_activity_at"] = event.timestamp
    if is_staff_act(event):
        values["staff_has_acted"] = True
    return values


@singledispatch
def _changed(_event: events.TicketEvent, _entry: int) -> dict[str, Any]:
    """Give the columns that only this kind of event changes."""
    return {}


@_changed.register
def _(event: events.Requalified, _entry: int) -> dict[str, Any]:
    return _qualification(event)


@_changed.register
def _(event: events.Assigned, _entry: int) -> dict[str, Any]:
    return {"assignee_id": event.assignee_id}


@_changed.register
def _(event: events.RequesterChanged, _entry: int) -> dict[str, Any]:
    return {"requester_id": event.requester_id}


@_changed.register(events.Resolved)
@_changed.register(events.SolutionRevised)
def _(event: events.Resolved | events.SolutionRevised, entry: int) -> dict[str, Any]:
    return {
        "solution_version": event.solution_version,
        "solution_entry": entry,
        "solution_author_id": event.actor_id,
        "cancellation_is_requested": False,
    }


@_changed.register
def _(_event: events.CancellationRequested, _entry: int) -> dict[str, Any]:
    return {"cancellation_is_requested": True}


@_changed.register
def _(_event: events.CancellationDeclined, _entry: int) -> dict[str, Any]:
    return {"cancellation_is_requested": False}


def _qualification(event: events.Opened | events.Requalified) -> dict[str, Any]:
    columns = ("ticket_type", "category", "service_id", "urgency", "impact", "priority")
    ranks = {"urgency_rank": event.urgency or 0, "priority_rank": -event.priority}
    return {column: getattr(event, column) for column in columns} | ranks
