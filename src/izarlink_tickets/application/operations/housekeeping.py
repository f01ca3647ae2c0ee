"""Throw away what is of no use any more: orphaned files, dead sessions, expired links, passwords and counts (D11).

And bring back what a clock that went wrong has put off.
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
from izarlink_tickets.domain.events import AttachmentAdded
from izarlink_tickets.event_store import Recorder
from izarlink_tickets.projections.history_queries import referenced
from izarlink_tickets.sessions import drop_expired_sessions, pending_hashes

PAGE = 500  # events a reading


class Housekeeping:
    """Runs now and then in the work loop, in as many processes as there are."""

    def __init__(self, database: Database, store: FolderStore) -> None:
        self._database = database
        self._store = store

    def run(self, now: datetime) -> None:
        """Clear everything that is over. now: aware UTC."""
        with self._database.command() as connection:
            drop_expired_sessions(connection, now=now)
            drop_expired_tokens(connection, now=now)
            drop_expired_initial_passwords(connection, now=now)
            drop_expired_attempts(connection, now=now)
            delete_past_presences(connection, now=now)
            outbox.repair_clock_skew(connection, now=now)
        self._store.sweep(self._in_use, now=now)

    def _in_use(self, hashes: list[str]) -> set[str]:
        """Say which stored files a ticket or a form that waits still refers to.

        What the read model doesn't know is looked for in the log: a file is never lost to a wrong row.
        """
        with self._database.query() as connection:
            known = referenced(connection, hashes=hashes) | pending_hashes(connection, among=hashes)
            unknown = set(hashes) - known
            return known | (_attached(connection, unknown) if unknown else set())


def _attached(connection: Connection, hashes: set[str]) -> set[str]:
    """Say which of the hashes some event names; it reads every attachment of the log, for the few seeming orphans."""
    recorder, topics = Recorder(lambda: nullcontext(connection)), [AttachmentAdded.TOPIC]
    position, found = 0, set[str]()
    while page := recorder.select_notifications(position, PAGE, topics=topics, inclusive_of_start=False):
        found |= hashes & {orjson.loads(stored.state)["sha256"] for stored in page}
        position = page[-1].id
    return found
