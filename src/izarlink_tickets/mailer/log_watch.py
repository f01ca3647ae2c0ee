"""Notice that somebody has put an older copy of the database in place, and hold all mails until an operator has looked.

Letters that waited when the copy was made may have been sent since, and would go a second time. Only a restore by
copying files, or by the database's own means, gets so far: `restore` itself holds the mails. What this machine has seen
of the log is kept beside the data, in a file of its own that no restore of the database brings back.
"""

import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from time import monotonic

import orjson
import structlog

from izarlink_tickets.database import Database
from izarlink_tickets.event_store import Cursor, LogWentBack, current_cursor, require_same_log
from izarlink_tickets.mail_hold import hold_mails

LOG_SEEN = "log_seen.json"
# The first look comes before the first mail; a restore under a running portal is noticed within this.
LOOK_SECONDS = 60.0

_log = structlog.get_logger()


class LogWatch:
    """What one process knows of the log."""

    def __init__(self, database: Database, path: Path, *, clock: Callable[[], datetime]) -> None:
        """Look at nothing yet. path: of the file. clock: gives the time, aware UTC."""
        self._database, self._path, self._clock = database, path, clock
        self._not_before = 0.0

    def look(self) -> None:
        """Compare the log with what was seen of it, once a minute, and hold the mails where it isn't the same.

        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown: then the next call looks again.
        """
        if monotonic() < self._not_before:
            return
        seen = _read(self._path)
        with self._database.query() as connection:
            now = current_cursor(connection)
        if seen != now:
            self._compare(seen)
            self._remember(now)
        self._not_before = monotonic() + LOOK_SECONDS

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

    def _remember(self, seen: Cursor) -> None:
        try:
            _write(self._path, seen)
        except OSError as error:
            # An older bookmark still holds; mails are no reason to wait for room on this disk.
            _log.warning("log_seen_not_kept", reason=error.strerror)

    def _hold(self, reason: str) -> None:
        with self._database.command() as connection:
            hold_mails(connection, now=self._clock(), reason=reason)


def _read(path: Path) -> Cursor | None:
    """Read the bookmark; None where there is none yet, or a crash has left half of one."""
    try:
        return Cursor(**orjson.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write(path: Path, seen: Cursor) -> None:
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(orjson.dumps(asdict(seen)))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
