"""The recorder of the `eventsourcing` library, on the tables of the log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NoReturn
from uuid import UUID

from eventsourcing import persistence
from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from izarlink_tickets.database import PreparedStatement
from izarlink_tickets.event_store.log import advance_head, events
from izarlink_tickets.event_store.reading import (
    LAST_POSITION,
    LAST_VERSION,
    select_log,
    select_log_by_topic,
    select_stream,
    select_stream_backwards,
)

_INSERT = PreparedStatement(insert(events))


class VersionTaken(persistence.IntegrityError):
    """Another writer took the version; decide again in a new transaction."""


class Recorder(ApplicationRecorder):
    """Append and load stored events on the connection of `connect`."""

    def __init__(self, connect: Callable[[], AbstractContextManager[Connection]]) -> None:
        """Set the connection.

        connect: `lambda: nullcontext(connection)` inside a command, or `database.command` for single calls.
        """
        self._connect = connect

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ANN401 - the library types it so
    ) -> list[int] | None:
        """Append the events and return their positions.

        It is the first write of a command: writers queue here. Raises: VersionTaken.
        """
        del kwargs
        if not stored_events:
            return []
        with self._connect() as connection:
            positions = advance_head(connection, events=len(stored_events)).positions
            append(connection, stored_events, positions)
            return list(positions)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Load a stream's versions above `gt`, up to `lte`."""
        bounds = {
            "stream": originator_id,
            "after": -1 if gt is None else gt,
            "until": LAST_VERSION if lte is None else lte,
            "limit": LAST_VERSION if limit is None else limit,
        }
        with self._connect() as connection:
            rows = connection.execute(select_stream_backwards if desc else select_stream, bounds)
            return [StoredEvent(*row[1:]) for row in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Load the log from a position on."""
        bounds = {
            "after": (start or 0) - inclusive_of_start,
            "until": LAST_POSITION if stop is None else stop,
            "limit": limit,
        }
        with self._connect() as connection:
            if topics:
                rows = connection.execute(select_log_by_topic, {**bounds, "topics": topics})
            else:
                rows = connection.execute(select_log, bounds)
            return [Notification(row.stream_id, row.version, row.topic, row.state, row.position) for row in rows]

    def max_notification_id(self) -> int | None:
        """Return the last position, or None if the log is empty."""
        with self._connect() as connection:
            last = select(events.c.position).order_by(events.c.position.desc()).limit(1)
            return connection.execute(last).scalar_one_or_none()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Raise NotImplementedError: followers read by position, at their own pace."""
        raise NotImplementedError("followers read by position")


@contextmanager
def late_conflicts() -> Iterator[None]:
    """Raise VersionTaken where a conflict of events appears after `append`.

    Source: `OptimisticTransaction.write_on`.
    """
    try:
        yield
    except IntegrityError as error:
        if getattr(getattr(error.orig, "diag", None), "table_name", None) == events.name:
            raise VersionTaken from error
        raise


def append(connection: Connection, stored_events: Sequence[StoredEvent], positions: range) -> None:
    """Insert the events at positions already taken. Raises: VersionTaken."""
    rows = [_row(position, event) for position, event in zip(positions, stored_events, strict=True)]
    try:
        _INSERT.execute(connection, *rows)
    except IntegrityError as error:
        raise VersionTaken from error


def _row(position: int, event: StoredEvent) -> dict[str, object]:
    return {
        "position": position,
        "stream_id": event.originator_id,
        "version": event.originator_version,
        "topic": event.topic,
        "state": event.state,
    }
