"""Watch on the log: an older database puts mail on hold.

Messages that waited in the copy may have been sent since, and would be sent a second time. This protects restores made
by copying files or with the database's own tools; the command `restore` itself holds the mail. The cursor of this
machine is stored beside the data, in a file that a restore of the database does not replace.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from time import monotonic

import orjson
import structlog

from izarlink_tickets.database import Database
from izarlink_tickets.durable_files import replace_file
from izarlink_tickets.event_store import Cursor, LogWentBack, current_cursor, require_same_log
from izarlink_tickets.mail_hold import hold_mails

LOG_SEEN = "log_seen.json"
# The first check precedes the first mail; a restore under a running portal is noticed within this time.
CHECK_SECONDS = 60.0

_log = structlog.get_logger()


class LogWatch:
    """The last position of the log that this machine has seen."""

    def __init__(self, database: Database, path: Path, *, clock: Callable[[], datetime]) -> None:
        """Prepare without reading. path: of the cursor file. clock: returns aware UTC."""
        self._database, self._path, self._clock = database, path, clock
        self._not_before = 0.0

    def check(self) -> None:
        """Compare log and cursor once a minute; hold mail on mismatch.

        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown; the next call tries again.
        """
        if monotonic() < self._not_before:
            return
        seen = _read(self._path)
        with self._database.query() as connection:
            now = current_cursor(connection)
        if seen != now:
            self._compare(seen)
            self._store(now)
        self._not_before = monotonic() + CHECK_SECONDS

    def _compare(self, seen: Cursor | None) -> None:
        if seen is None:
            return
        try:
            with self._database.query() as connection:
                require_same_log(connection, seen)
        except LogWentBack as error:
            _log.error("log_went_back", seen=seen.position, position=error.position, was_restored=error.was_restored)
            if not error.was_restored:
                self._hold(f"because the log went back from event {seen.position} to {error.position}")

    def _store(self, seen: Cursor) -> None:
        try:
            replace_file(self._path, orjson.dumps(asdict(seen)))
        except OSError as error:
            # An older cursor still protects; a full disk must not stop the mails.
            _log.warning("log_seen_not_kept", reason=error.strerror)

    def _hold(self, reason: str) -> None:
        with self._database.command() as connection:
            hold_mails(connection, now=self._clock(), reason=reason)


def _read(path: Path) -> Cursor | None:
    """Read the stored cursor; None if it is missing or damaged."""
    try:
        return Cursor(**orjson.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
