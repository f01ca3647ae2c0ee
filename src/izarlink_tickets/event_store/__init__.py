"""The event log.

Events are appended in the order of commits, and read by stream or by position.
A recorder and a mapper behind the interfaces of the `eventsourcing` library, on SQLAlchemy Core, in the caller's
transaction. It knows no rule of the domain, and never changes or deletes an event.
Source: ADR 0001.
"""

from izarlink_tickets.event_store.log import (
    begin_log,
    commands,
    events,
    last_position,
    lock_head,
    log_head,
    take_ticket_number,
)
from izarlink_tickets.event_store.log_epochs import (
    Cursor,
    LogWentBack,
    begin_epoch,
    current_cursor,
    log_epochs,
    require_same_log,
)
from izarlink_tickets.event_store.mapper import EventUnreadable, Mapper, NoKeys, UnknownTopic, unseal
from izarlink_tickets.event_store.reading import Recorded, last_versions, latest_events, load_events, read, read_stream
from izarlink_tickets.event_store.recorder import Recorder, VersionTaken
