"""The stored state of a ticket, for commands on long ones.

It holds what the ticket's decisions need: ids, codes, numbers and times, as its events do; no text.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, cast

import orjson
from eventsourcing.domain import AggregateEvent, Snapshot

from izarlink_tickets.domain.qualification import Qualification
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.domain.vocabulary import Awaiting, State, TicketType, Urgency
from izarlink_tickets.domain.waiting import CustomerWait
from izarlink_tickets.event_store import RecentStream, StreamSnapshot

# Raise it with every change of the ticket's attributes, or of how events change them.
SHAPE = 4
# A command reads at most this many events and those of the latest commands.
VERSIONS_BETWEEN = 25
_TIMES = ("_created_on", "_modified_on", "state_since", "held_until")


def ticket_after(events: Iterable[AggregateEvent], ticket: Ticket | None = None) -> Ticket | None:
    """Build a ticket from its events; None without any.

    ticket: its state before them.
    """
    for event in events:
        ticket = event.mutate(ticket)
    return ticket


def ticket_of(stream: RecentStream) -> Ticket | None:
    """Build a ticket from its snapshot and the events after it."""
    return ticket_after(stream.events, stream.snapshot and _restored(stream.snapshot))


def snapshot_of(ticket: Ticket) -> StreamSnapshot:
    """Return the snapshot of a ticket without pending events.

    Equal tickets give equal bytes.
    """
    state = Snapshot.take(ticket).state
    encoded = orjson.dumps(state, default=sorted, option=orjson.OPT_SORT_KEYS)
    return StreamSnapshot(ticket.id, ticket.version, SHAPE, encoded)


def snapshot_after(events: Iterable[AggregateEvent]) -> StreamSnapshot | None:
    """Return the snapshot that a ticket's events yield."""
    ticket = ticket_after(events)
    return None if ticket is None else snapshot_of(ticket)


def _restored(snapshot: StreamSnapshot) -> Ticket:
    state = _decoded(orjson.loads(snapshot.state))
    snapshot_event = Snapshot(
        originator_id=snapshot.stream_id,
        originator_version=snapshot.version,
        timestamp=state["_modified_on"],
        topic=Ticket.TOPIC,
        state=state,
    )
    return cast("Ticket", snapshot_event.mutate(None))


def _decoded(state: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a JSON object with their types."""
    times = {name: datetime.fromisoformat(state[name]) for name in _TIMES}
    awaiting, qualification, wait = state["awaiting"], state["qualification"], state["customer_wait"]
    urgency, reminded_at, closes_on = qualification["urgency"], wait["reminded_at"], wait["closes_on"]
    qualification |= {
        "ticket_type": TicketType(qualification["ticket_type"]),
        "urgency": None if urgency is None else Urgency(urgency),
    }
    wait |= {
        "since": datetime.fromisoformat(wait["since"]),
        "reminded_at": None if reminded_at is None else datetime.fromisoformat(reminded_at),
        "closes_on": None if closes_on is None else date.fromisoformat(closes_on),
    }
    values = {
        "watcher_ids": set(state["watcher_ids"]),
        "state": State(state["state"]),
        "awaiting": None if awaiting is None else Awaiting(awaiting),
        "qualification": Qualification(**qualification),
        "customer_wait": CustomerWait(**wait),
    }
    return state | times | values
