"""The restore drill: back up under load, delete everything, restore and verify.

Whatever was acknowledged before the backup began must be there afterwards, byte for byte.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

from bench import children, databases, works
from bench.databases import SeededDatabase
from bench.figures import Measure, Options
from bench.http_client import fetch
from bench.serving import serving
from bench.visitors import sign_in
from izarlink_tickets.application.operations.restore import RestoreOptions, restore
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.backup import Manifest, write_backup
from izarlink_tickets.event_store import Cursor, current_cursor, require_same_log

CUSTOMERS = 50
BACKUP, FILES = "backup.zip", "files"


@dataclass(slots=True)
class _Clock:
    seconds: float = 0.0


@contextmanager
def _timed() -> Iterator[_Clock]:
    clock, start = _Clock(), time.perf_counter()
    yield clock
    clock.seconds = time.perf_counter() - start


def measure(database: SeededDatabase, _options: Options) -> Iterator[Measure]:
    """Back up under load, restore into an empty installation, verify."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with database.opened_portal() as portal, portal.database.query() as connection:
            before = current_cursor(connection)
        with _commands_meanwhile(database), _timed() as backing_up:
            manifest = _back_up(database, folder)
        with databases.empty_like(database, folder / "spare") as spare:
            options = RestoreOptions(files=FolderStore(folder / FILES))
            with _timed() as restoring:
                restore(spare.settings, folder / BACKUP, options, now=datetime.now(UTC))
            _check(spare, before, manifest.position)
        size = (folder / BACKUP).stat().st_size / manifest.position
    yield Measure(database.kind, "restore", "back up", manifest.position / backing_up.seconds, "events/s")
    yield Measure(database.kind, "restore", "restore", manifest.position / restoring.seconds, "events/s")
    yield Measure(database.kind, "restore", "size of the file", size, "bytes/event", is_higher_better=False)


def _check(restored: SeededDatabase, before: Cursor, last: int) -> None:
    with restored.opened_portal() as portal, portal.database.query() as connection:
        require_same_log(connection, before)
        assert current_cursor(connection).position == last
    children.run(children.verify, restored)


def _back_up(database: SeededDatabase, folder: Path) -> Manifest:
    files, step = FolderStore(folder / FILES), revisions()[-1]
    with database.opened_portal() as portal:
        now = datetime.now(UTC)
        return write_backup(portal.database, portal.store, folder / BACKUP, schema_step=step, now=now, files=files)


@contextmanager
def _commands_meanwhile(database: SeededDatabase) -> Iterator[None]:
    """Let a customer write during the block."""
    command, is_over = works.commands(database, sign_in(database, others=CUSTOMERS))[-1], Event()
    with serving(database, "serve", "--web-only") as server:
        thread = Thread(target=_write_until, args=(is_over, command, server.host))
        thread.start()
        yield
        is_over.set()
        thread.join()


def _write_until(is_over: Event, command: works.Command, host: str) -> None:
    while not is_over.is_set():
        fetch(host, command.request(host))
