"""The event log.

Events are appended in the order of commits, and read by stream or by position.
A recorder and a mapper behind the interfaces of the `eventsourcing` library, on SQLAlchemy Core, in the caller's
transaction. It knows no rule of the domain, and never changes or deletes an event.
Source: ADR 0001.
"""

from izarlink_tickets.event_store.log import (
    LogHead,
    advance_head,
    begin_log,
    commands,
    events,
    last_position,
    lock_head,
    log_head,
    publish_read_models,
)
from izarlink_tickets.event_store.log_epochs import (
    Cursor,
    LogWentBack,
    begin_epoch,
    current_cursor,
    log_epochs,
    require_same_log,
)
from izarlink_tickets.event_store.mapper import (
    EventUnreadable,
    Mapper,
    NoKeys,
    UnknownTopic,
    open_texts,
    tokens_of,
    unseal,
)
from izarlink_tickets.event_store.reading import (
    Recorded,
    last_recorded_at,
    last_versions,
    latest_events,
    load_events,
    read,
    read_stream,
    read_topics,
)
from izarlink_tickets.event_store.recorder import Recorder, VersionTaken, append, late_conflicts
from izarlink_tickets.event_store.snapshots import (
    ONE_ROW,
    STREAM_COLUMNS,
    RecentStream,
    StreamSnapshot,
    join_stream,
    load_stream,
    snapshots,
    store_snapshot,
    stream_of_rows,
)
