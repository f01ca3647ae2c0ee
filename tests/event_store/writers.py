"""Eight processes that write to a log, and its follower.

    python -m tests.event_store.writers URL DATA_DIR log_head|sequence EVENTS

prints {"stored": …, "seen": …, "in_order": …, "failed": …}. A program of its own, so that the writers can be forked, as
the web server's workers are, from a process that has no database open and no thread running.
"""

import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from multiprocessing.process import BaseProcess
from pathlib import Path
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from sqlalchemy import Connection, bindparam, func, insert, select, text

from izarlink_tickets.database import Database, DatabaseBusy
from izarlink_tickets.event_store import Recorder, events

WRITERS = 8
EVENTS_PER_COMMAND = 4
# Between taking a position and COMMIT, as on a slow disk or network.
LINGER_SECONDS = 0.001
PAGE = 500

Append = Callable[[Connection, Sequence[StoredEvent]], object]


def append_by_log_head(connection: Connection, stored: Sequence[StoredEvent]) -> None:
    """Append as the portal does."""
    Recorder(lambda: nullcontext(connection)).insert_events(stored)


_insert_by_sequence = insert(events).values(
    position=text("nextval('positions')"),
    stream_id=bindparam("stream_id"),
    version=bindparam("version"),
    topic="t",
    state=b"{}",
)


def append_by_sequence(connection: Connection, stored: Sequence[StoredEvent]) -> None:
    """Append with positions in the order of inserts."""
    rows = [{"stream_id": event.originator_id, "version": event.originator_version} for event in stored]
    connection.execute(_insert_by_sequence, rows)


def write(url: str, data_dir: Path, append: Append, commands: int, seed: int) -> None:
    """Write one stream, a few events at a time."""
    # S311: not for secrets, and the same in every run.
    stream, chance = uuid4(), random.Random(seed)  # noqa: S311
    with closing(Database(url, data_dir=data_dir)) as database:
        for command in range(commands):
            while not _is_stored(database, append, _stored_events(stream, command * EVENTS_PER_COMMAND), chance):
                pass


def _is_stored(database: Database, append: Append, stored: Sequence[StoredEvent], chance: random.Random) -> bool:
    """Run a command; False if it timed out on a stalled disk."""
    try:
        with database.command() as connection:
            append(connection, stored)
            time.sleep(chance.uniform(0, LINGER_SECONDS))
    except DatabaseBusy:
        return False
    return True


def follow(url: str, data_dir: Path, writers: Sequence[BaseProcess]) -> dict[str, int | bool]:
    """Follow the log until all writers are done and no event comes."""
    seen: list[int] = []
    with closing(Database(url, data_dir=data_dir)) as database:
        recorder = Recorder(database.query)
        while True:
            is_last = not any(writer.is_alive() for writer in writers)
            page = recorder.select_notifications(seen[-1] if seen else 0, PAGE, inclusive_of_start=False)
            seen += [notification.id for notification in page]
            if is_last and not page:
                break
        with database.query() as connection:
            stored = connection.execute(select(func.count()).select_from(events)).scalar_one()
    return {"stored": stored, "seen": len(seen), "in_order": seen == list(range(1, stored + 1))}


def main(url: str, data_dir: str, order: str, total: str) -> None:
    """Fork the writers, follow the log, print the result."""
    append = {"log_head": append_by_log_head, "sequence": append_by_sequence}[order]
    commands = -(-int(total) // (WRITERS * EVENTS_PER_COMMAND))
    fork = multiprocessing.get_context("fork")
    writers = [
        fork.Process(target=write, args=(url, Path(data_dir), append, commands, seed)) for seed in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    outcome = follow(url, Path(data_dir), writers)
    json.dump(outcome | {"failed": sum(bool(writer.exitcode) for writer in writers)}, sys.stdout)


def _stored_events(stream: UUID, after: int) -> list[StoredEvent]:
    return [StoredEvent(stream, version, "t", b"{}") for version in range(after + 1, after + 1 + EVENTS_PER_COMMAND)]


if __name__ == "__main__":
    main(*sys.argv[1:])
