"""Follow one ticket's stream: who is concerned after each command, and whether its events make sense one after another.

A fold of its own, apart from the aggregate: a verification that used the code it verifies would share its mistakes.
"""

from collections import Counter
from dataclasses import dataclass, field

from izarlink_tickets.domain import events
from izarlink_tickets.domain.events import TicketEvent, stream_of
from izarlink_tickets.verify.stored import StoredEvent


@dataclass(slots=True)
class TicketReplay:
    """A ticket as far as it says who has to do with it."""

    number: int
    organisation_id: str
    requester_id: str
    watcher_ids: set[str] = field(default_factory=set)
    assignee_id: str | None = None
    state: str | None = None

    def take(self, event: TicketEvent) -> None:
        """Copy what the event changes."""
        self.state = event.state
        if isinstance(event, events.Assigned):
            self.assignee_id = event.assignee_id
        elif isinstance(event, events.WatcherAdded):
            self.watcher_ids.add(event.watcher_id)
        elif isinstance(event, events.WatcherRemoved):
            self.watcher_ids.discard(event.watcher_id)
        elif isinstance(event, events.RequesterChanged):
            self.requester_id = event.requester_id
            self.watcher_ids.discard(event.requester_id)


def opened_by(event: TicketEvent) -> TicketReplay | None:
    """Begin to follow a ticket with the event that opened it; None for any other, and in a stream not its own."""
    if not isinstance(event, events.Opened) or event.originator_id != stream_of(event.number):
        return None
    return TicketReplay(event.number, event.organisation_id, event.requester_id)


@dataclass(frozen=True, slots=True)
class CommandReplay:
    """The events that stand together because one command made them."""

    rows: list[StoredEvent]
    events: list[TicketEvent]

    @property
    def entry(self) -> int:
        return self.rows[0].version

    def continues_with(self, event: TicketEvent) -> bool:
        first = self.events[0]
        return (event.actor_id, event.command_id) == (first.actor_id, first.command_id)

    def is_torn(self) -> bool:
        """Say whether something stands between its events in the log."""
        return self.rows[-1].position - self.rows[0].position != len(self.rows) - 1

    def is_doubled(self) -> bool:
        """Say whether it was carried out twice: files come several to a command, all else happens once."""
        said = Counter(event.TOPIC for event in self.events if not isinstance(event, events.AttachmentAdded))
        return any(times > 1 for times in said.values())
