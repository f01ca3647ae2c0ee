"""A replay of a ticket's stream.

Its people and state after each command.
It is separate from the aggregate, because a verification with the verified code would share its mistakes.
"""

from dataclasses import dataclass, field

from izarlink_tickets.domain import events
from izarlink_tickets.domain.events import TicketEvent, stream_of
from izarlink_tickets.verify.stored import StoredEvent


@dataclass(slots=True)
class TicketReplay:
    """The people and the state of a ticket."""

    number: int
    organisation_id: str
    requester_id: str
    watcher_ids: set[str] = field(default_factory=set)
    assignee_id: str | None = None
    state: str | None = None

    def apply(self, event: TicketEvent) -> None:
        """Apply the changes of an event."""
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
    """Begin a replay with the stream's opening event; None for others."""
    if not isinstance(event, events.Opened) or event.originator_id != stream_of(event.number):
        return None
    return TicketReplay(event.number, event.organisation_id, event.requester_id)


@dataclass(frozen=True, slots=True)
class CommandReplay:
    """The adjacent events of one command."""

    rows: list[StoredEvent]
    events: list[TicketEvent]

    @property
    def entry(self) -> int:
        return self.rows[0].version

    def continues_with(self, event: TicketEvent) -> bool:
        first = self.events[0]
        return (event.actor_id, event.command_id) == (first.actor_id, first.command_id)

    def is_torn(self) -> bool:
        """Whether other events stand between its events in the log."""
        return self.rows[-1].position - self.rows[0].position != len(self.rows) - 1

    def is_doubled(self) -> bool:
        """Whether an event other than an attachment occurs twice."""
        topics = [event.TOPIC for event in self.events if not isinstance(event, events.AttachmentAdded)]
        return len(topics) > len(set(topics))
