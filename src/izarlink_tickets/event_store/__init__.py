"""Keep the log: append events at dense positions in the order of their commits, read them by stream or by position.

A recorder and a mapper behind the interfaces of the `eventsourcing` library, on SQLAlchemy Core, in the transaction
that the caller holds. No rule of the domain is known here, and no event is ever changed or deleted.
Source: D2, D3.
"""

from izarlink_tickets.event_store.log import begin_log, commands, events, lock_head, log_head, take_ticket_number
from izarlink_tickets.event_store.log_epochs import (
    Cursor,
    LogWentBack,
    begin_epoch,
    current_cursor,
    log_epochs,
    require_same_log,
)
from izarlink_tickets.event_store.mapper import EventUnreadable, Mapper, NoKeys, UnknownTopic, opened
from izarlink_tickets.event_store.reading import Recorded, last_versions, latest_events, load_events, read, read_stream
from izarlink_tickets.event_store.recorder import Recorder, VersionTaken

__all__ = [
    "Cursor",
    "EventUnreadable",
    "LogWentBack",
    "Mapper",
    "NoKeys",
    "Recorded",
    "Recorder",
    "UnknownTopic",
    "VersionTaken",
    "begin_epoch",
    "begin_log",
    "commands",
    "current_cursor",
    "events",
    "last_versions",
    "latest_events",
    "load_events",
    "lock_head",
    "log_epochs",
    "log_head",
    "opened",
    "read",
    "read_stream",
    "require_same_log",
    "take_ticket_number",
]
