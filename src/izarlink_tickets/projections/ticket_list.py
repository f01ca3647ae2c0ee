"""The current state of the tickets, one row each, and their counts.

Rows hold ids; names and labels are joined when read. The queries are in `ticket_queries` and `ticket_counts`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
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
    or_,
    true,
    update,
)

from izarlink_tickets.database import EpochTime, PreparedStatement
from izarlink_tickets.domain import events
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.text import fold
from izarlink_tickets.domain.vocabulary import Awaiting, State, Urgency
from izarlink_tickets.projections.queue_rank import queue_rank
from izarlink_tickets.projections.read_model import ProjectedEvent, ReadModel, Row, TicketRows, changed_columns
from izarlink_tickets.projections.ticket_count_table import Counts, TicketCounts, count_differences

_ID = String(36)
# On SQLite the key of a row itself, instead of an index beside it.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
# What a customer expects an answer to.
_QUESTIONS = frozenset({events.FollowUpAdded, events.SolutionRefused, events.Reopened, events.CancellationRequested})
# What answers the customer, or ends the ticket.
_ANSWERS = frozenset(
    {
        events.FollowUpAdded,
        events.InformationRequested,
        events.Held,
        events.Resolved,
        events.SolutionRevised,
        events.SolutionWithdrawn,
        events.CancellationDeclined,
        events.Reopened,
        events.SolutionApproved,
        events.SolutionApprovedOnBehalf,
        events.AutoClosed,
        events.Cancelled,
    }
)

# What begins the customer's wait anew, or ends it without a change of state.
_BEGIN_WAIT = frozenset(
    {
        events.FollowUpAdded,
        events.InformationRequested,
        events.SolutionRevised,
        events.RequesterChanged,
        events.WaitRestarted,
    }
)


@dataclass(eq=False)
class TicketNotProjected(Exception):
    """The list lacks the ticket's row, or its stream an opening."""

    number: int


class TicketList(ReadModel):
    """Tables `ticket_list`, `ticket_list_watchers`, `ticket_list_counts` and `ticket_list_storage`."""

    NAME: ClassVar[str] = "ticket_list"
    VERSION: ClassVar[int] = 42

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
        self.counts, self.storage = self._counts.table, self._counts.storage
        self._columns = self.tickets.c.keys()
        self._insert = PreparedStatement(insert(self.tickets))
        self._update = PreparedStatement(update(self.tickets).where(self.tickets.c.number == bindparam("of_number")))
        self._add_watcher = insert(self.watchers)
        self._remove_watcher = delete(self.watchers).where(
            self.watchers.c.number == bindparam("of_number"), self.watchers.c.account_id == bindparam("of_account")
        )

    @staticmethod
    def fold(rows: TicketRows, projected: ProjectedEvent) -> None:
        """Update the ticket's row and watchers."""
        rows.ticket = fold_ticket(rows.ticket, projected)
        event = projected.event
        # By the class itself: most events are none of these, and a rebuild folds millions.
        if change := _WATCHER_CHANGES.get(type(event)):
            change(rows.watcher_ids, event)

    def write(self, connection: Connection, before: TicketRows, after: TicketRows) -> None:
        """Store the row's changed columns, the watchers and the counts."""
        row = after.ticket or {}
        if before.ticket is None:
            self._insert.execute(connection, row)
        elif changes := changed_columns(before.ticket, row):
            self._update.execute(connection, changes | {"of_number": row["number"]})
        self._write_watchers(connection, row.get("number"), before.watcher_ids, after.watcher_ids)
        self._counts.add(connection, count_differences(before.ticket, row))

    def add_to_counts(self, connection: Connection, differences: Counts) -> None:
        """Add to the kept counts and sizes."""
        self._counts.add(connection, differences)

    def rows_of(self, rows: TicketRows) -> Iterator[tuple[Table, Sequence[Row]]]:
        """Return the ticket's row and watchers; the counts are of all tickets."""
        if rows.ticket is None:
            return
        yield self.tickets, [tuple(map(rows.ticket.__getitem__, self._columns))]
        yield self.watchers, [(rows.ticket["number"], account_id) for account_id in sorted(rows.watcher_ids)]

    def _write_watchers(self, connection: Connection, number: object, before: set[str], after: set[str]) -> None:
        for account_id in sorted(after - before):
            connection.execute(self._add_watcher, {"number": number, "account_id": account_id})
        for account_id in sorted(before - after):
            connection.execute(self._remove_watcher, {"of_number": number, "of_account": account_id})


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
        # Of the latest public event, for the marks of what is unread.
        Column("news_version", Integer, nullable=False),
        Column("news_actor_id", _ID, nullable=False),
        Column("related_to", BigInteger),
        Column("solution_version", Integer, nullable=False),
        Column("solution_entry", Integer),
        Column("solution_author_id", _ID),
        Column("staff_has_acted", Boolean, nullable=False),
        Column("cancellation_is_requested", Boolean, nullable=False),
        # The day on which the portal closes the ticket, ISO 8601, as the reminder named it.
        Column("closes_on", Text),
        # Support was told that no answer is to be expected.
        Column("customer_is_silent", Boolean, nullable=False),
        # Of its files, without erased ones.
        Column("file_bytes", BigInteger, nullable=False),
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
    # The tickets of a service.
    Index(None, column.service_id, column.state, column.last_activity_at, number)
    # « À moi », and a technician's tickets.
    Index(None, column.assignee_id, column.state, column.queue_rank, number)
    Index(None, column.assignee_id, column.state, column.last_activity_at, number)
    in_queue = (column.queue_rank, number)
    _index_some(table, "unassigned", column.state, *in_queue, where=column.assignee_id.is_(None))
    # With the urgency itself, so that SQLite reads the index alone and prefers it.
    is_urgent = column.urgency >= literal_column(str(Urgency.HIGH.value))
    _index_some(table, "urgent", column.state, *in_queue, column.urgency, where=is_urgent)
    # « Sans réponse du client », also with the column itself.
    _index_some(
        table, "silent", column.state, *in_queue, column.customer_is_silent, where=column.customer_is_silent.is_(true())
    )
    # « À faire de mon côté », of a person and of a company.
    by_activity = (column.last_activity_at, number)
    _index_some(table, "to_do", column.requester_id, *by_activity, where=is_to_do(column))
    _index_some(table, "to_do_of_company", column.organisation_id, *by_activity, where=is_to_do(column))
    # A category in the order of the desk, or of few tickets in any order, and how many it has.
    Index(None, column.category, column.state, *in_queue)


def is_to_do(column: Any) -> ColumnElement[bool]:  # noqa: ANN401 - the columns of a table
    """Build the condition of tickets that wait for their customer.

    Not bound, as the condition of the index.
    """
    awaits_answer = column.awaiting == literal_column(f"'{Awaiting.CUSTOMER}'", Text)
    return or_(column.state == literal_column(f"'{State.RESOLVED}'", Text), awaits_answer)


def _index_some(table: Table, name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    """Index the few rows that a view shows of all."""
    Index(f"ix_{table.name}_{name}", *columns, sqlite_where=where, postgresql_where=where)


def fold_ticket(row: dict[str, Any] | None, projected: ProjectedEvent) -> dict[str, Any]:
    """Return the ticket's row after an event.

    row: changed in place; None before the ticket is opened.
    """
    event = projected.event
    if isinstance(event, events.Opened):
        return _opened(event)
    if row is None:
        raise TicketNotProjected(projected.number)
    _apply_common(row, event)
    if change := _CHANGES.get(type(event)):
        change(row, event, projected.entry)
    _apply_turn(row, event)
    _apply_silence(row, event)
    return row


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
        "news_version": event.originator_version,
        "news_actor_id": event.actor_id,
        "unanswered_since": event.timestamp,
        "queue_rank": queue_rank(priority=event.priority, unanswered_since=event.timestamp, opened_at=event.timestamp),
        "related_to": event.related_to,
        "solution_version": 0,
        "solution_entry": None,
        "solution_author_id": None,
        "staff_has_acted": False,
        "cancellation_is_requested": False,
        "closes_on": None,
        "customer_is_silent": False,
        "file_bytes": 0,
    }


def _apply_common(row: dict[str, Any], event: events.TicketEvent) -> None:
    """Change the columns that any event may change."""
    row["version"], row["state"], row["awaiting"] = event.originator_version, event.state, event.awaiting
    if event.state != event.previous_state:
        row["state_since"] = event.timestamp
    if event.IS_PUBLIC:
        row["last_activity_at"] = event.timestamp
        row["news_version"], row["news_actor_id"] = event.originator_version, event.actor_id
    if events.is_staff_action(event):
        row["staff_has_acted"] = True


def _apply_turn(row: dict[str, Any], event: events.TicketEvent) -> None:
    """Update since when the customer waits, and the place in the queue."""
    if event.role in CUSTOMER_ROLES and type(event) in _QUESTIONS:
        # The first question counts: asking again keeps the place in the queue.
        row["unanswered_since"] = row["unanswered_since"] or event.timestamp
    elif type(event) in _ANSWERS:
        row["unanswered_since"] = None
    elif type(event) is not events.Requalified:
        return
    row["queue_rank"] = _rank_of(row)


def _apply_silence(row: dict[str, Any], event: events.TicketEvent) -> None:
    """Update what the customer's silence leads to."""
    match event:
        case events.ReminderSent():
            row["closes_on"] = event.closes_on
        case events.SilenceReported():
            row["closes_on"], row["customer_is_silent"] = None, True
        case events.FollowUpAdded() if event.role not in CUSTOMER_ROLES:
            # Whoever writes keeps the ticket open.
            row["closes_on"] = None
        case _ if event.state != event.previous_state or type(event) in _BEGIN_WAIT:
            row["closes_on"], row["customer_is_silent"] = None, False


def _rank_of(row: dict[str, Any]) -> int:
    return queue_rank(priority=row["priority"], unanswered_since=row["unanswered_since"], opened_at=row["opened_at"])


def _requalified(row: dict[str, Any], event: events.Requalified, _entry: int) -> None:
    row.update(_qualification(event))


def _assigned(row: dict[str, Any], event: events.Assigned, _entry: int) -> None:
    row["assignee_id"] = event.assignee_id


def _requester_changed(row: dict[str, Any], event: events.RequesterChanged, _entry: int) -> None:
    row["requester_id"] = event.requester_id


def _solved(row: dict[str, Any], event: events.Resolved | events.SolutionRevised, entry: int) -> None:
    row["solution_version"], row["solution_entry"] = event.solution_version, entry
    row["solution_author_id"], row["cancellation_is_requested"] = event.actor_id, False


def _cancellation_requested(row: dict[str, Any], _event: events.TicketEvent, _entry: int) -> None:
    row["cancellation_is_requested"] = True


def _attached(row: dict[str, Any], event: events.AttachmentAdded, _entry: int) -> None:
    # An erased file has no name; it no longer counts.
    if event.name is not None:
        row["file_bytes"] += event.size


def _cancellation_ended(row: dict[str, Any], _event: events.TicketEvent, _entry: int) -> None:
    row["cancellation_is_requested"] = False


# The columns that only one class of event changes.
_CHANGES: dict[type[events.TicketEvent], Callable[[dict[str, Any], Any, int], None]] = {
    events.Requalified: _requalified,
    events.Assigned: _assigned,
    events.RequesterChanged: _requester_changed,
    events.Resolved: _solved,
    events.SolutionRevised: _solved,
    events.CancellationRequested: _cancellation_requested,
    events.CancellationDeclined: _cancellation_ended,
    events.CancellationRequestWithdrawn: _cancellation_ended,
    events.AttachmentAdded: _attached,
}


def _watcher_added(watcher_ids: set[str], event: events.WatcherAdded) -> None:
    watcher_ids.add(event.watcher_id)


def _watcher_removed(watcher_ids: set[str], event: events.WatcherRemoved) -> None:
    watcher_ids.discard(event.watcher_id)


def _watcher_became_requester(watcher_ids: set[str], event: events.RequesterChanged) -> None:
    watcher_ids.discard(event.requester_id)


_WATCHER_CHANGES: dict[type[events.TicketEvent], Callable[[set[str], Any], None]] = {
    events.WatcherAdded: _watcher_added,
    events.WatcherRemoved: _watcher_removed,
    events.RequesterChanged: _watcher_became_requester,
}


def _qualification(event: events.Opened | events.Requalified) -> dict[str, Any]:
    columns = ("ticket_type", "category", "service_id", "urgency", "impact", "priority")
    return {column: getattr(event, column) for column in columns} | {"urgency_rank": event.urgency or 0}
