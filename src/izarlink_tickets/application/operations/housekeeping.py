"""Housekeeping: deletes orphaned files and expired rows.

Mails that a wrong clock has deferred are due again.
"""

from contextlib import nullcontext
from datetime import datetime

import orjson
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import drop_expired_attempts, drop_expired_initial_passwords, drop_expired_tokens
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.database import Database
from izarlink_tickets.desk.presences import delete_past_presences
from izarlink_tickets.domain.events import STORED_HASHES, AttachmentAdded
from izarlink_tickets.event_store import Recorder
from izarlink_tickets.projections.history_queries import referenced
from izarlink_tickets.sessions import drop_ended_uploads, drop_expired_sessions, pending_hashes

PAGE = 500  # events a query


class Housekeeping:
    """Deletes what is over; several processes may run it at once."""

    def __init__(self, database: Database, store: FolderStore) -> None:
        self._database = database
        self._store = store

    def run(self, now: datetime) -> None:
        """Delete what is no longer needed. now: aware UTC."""
        with self._database.command() as connection:
            drop_expired_sessions(connection, now=now)
            dropped = drop_ended_uploads(connection)
            drop_expired_tokens(connection, now=now)
            drop_expired_initial_passwords(connection, now=now)
            drop_expired_attempts(connection, now=now)
            delete_past_presences(connection, now=now)
            outbox.repair_clock_skew(connection, now=now)
        for sha256 in dropped:
            self._store.delete(sha256)
        self._store.sweep(self._in_use, now=now)

    def _in_use(self, hashes: list[str]) -> set[str]:
        """Find the stored files that tickets or pending forms refer to.

        Files missing in the read model are looked up in the log, so that a wrong row never costs a file.
        """
        with self._database.query() as connection:
            known = referenced(connection, hashes=hashes) | pending_hashes(connection, among=hashes)
            unknown = set(hashes) - known
            return known | (_attached(connection, unknown) if unknown else set())


def _attached(connection: Connection, hashes: set[str]) -> set[str]:
    """Find the hashes that the log's attachment events refer to."""
    recorder, topics = Recorder(lambda: nullcontext(connection)), [AttachmentAdded.TOPIC]
    position, attached = 0, set[str]()
    while page := recorder.select_notifications(position, PAGE, topics=topics, inclusive_of_start=False):
        states = [orjson.loads(stored.state) for stored in page]
        attached |= hashes & {state.get(name) for state in states for name in STORED_HASHES}
        position = page[-1].id
    return attached
