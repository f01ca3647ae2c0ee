"""The restore drill, timed: fill, back up under load, wipe, restore, verify.

    .venv/bin/python -m bench.restore [EVENTS]

Needs what the tests need. Runs on SQLite, moves to PostgreSQL by a backup, and runs there. Whatever was acknowledged
before the backup began must be there afterwards, byte for byte.
"""

import logging
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import structlog
from tests import postgres
from tests.cast import Cast
from tests.openings import open_incident
from tests.stage import set_up, settings_of

from bench.filling import fill
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.restore import RestoreOptions, restore
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.attachments import FolderStore
from izarlink_tickets.backup import Manifest, write_backup
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.event_store import Cursor, current_cursor, require_same_log
from izarlink_tickets.verify import FindingStatus

EVENTS = 100_000
SINCE = datetime(2026, 11, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """A portal that the drill deletes, and its people."""

    settings: Settings
    cast: Cast


@contextmanager
def timed(name: str, what: str, *, count: int = 0) -> Iterator[None]:
    """Time a step and print it.

    name: of the database. count: of events, for a rate.
    """
    start = time.perf_counter()
    yield
    seconds = time.perf_counter() - start
    rate = f"{count / seconds:12,.0f} events/s" if count else ""
    print(f"{name:12}{what:34}{seconds:8.1f} s{rate}", flush=True)


@contextmanager
def under_load(portal: Portal, cast: Cast) -> Iterator[list[int]]:
    """Open tickets one after the other during the block; yield their numbers."""
    is_over, numbers = Event(), list[int]()

    def work() -> None:
        while not is_over.is_set():
            numbers.append(open_incident(portal, cast))

    thread = Thread(target=work)
    thread.start()
    yield numbers
    is_over.set()
    thread.join()


@contextmanager
def opened_portal(settings: Settings) -> Iterator[Portal]:
    portal = open_portal(settings, load_keys(settings))
    try:
        yield portal
    finally:
        portal.database.close()


def back_up(portal: Portal, file: Path) -> Manifest:
    file.parent.mkdir(exist_ok=True)
    files = FolderStore(file.parent / "files")
    step = revisions()[-1]
    return write_backup(portal.database, portal.store, file, schema_step=step, now=datetime.now(UTC), files=files)


def drill(name: str, source: Source, spare: Settings, safe: Path) -> None:
    """Back up under load, delete everything, restore and verify.

    spare: of an empty installation that has the key.
    """
    with opened_portal(source.settings) as portal:
        with portal.database.query() as connection:
            before = current_cursor(connection)
        with under_load(portal, source.cast) as numbers, timed(name, "back up under load", count=before.position):
            manifest = back_up(portal, safe / "1.zip")
        with timed(name, "back up again, no new attachment"):
            back_up(portal, safe / "2.zip")
    size = (safe / "1.zip").stat().st_size / 1e6
    rows = sum(part.size for part in manifest.tables) / 1e6
    attachments = manifest.attachments
    print(f"{name:12}{manifest.position:,} events, {rows:,.0f} MB of rows in a file of {size:,.0f} MB,")
    print(f"{'':12}{attachments.rows:,} attachments of {attachments.total_bytes / 1e6:,.1f} MB;")
    print(f"{'':12}{len(numbers)} tickets were opened meanwhile")
    shutil.rmtree(source.settings.data_dir)
    with timed(name, "restore", count=manifest.position):
        restore(spare, safe / "1.zip", RestoreOptions(files=FolderStore(safe / "files")), now=datetime.now(UTC))
    check(name, spare, manifest, before)


def check(name: str, settings: Settings, manifest: Manifest, acknowledged: Cursor) -> None:
    """Verify the restored portal, and that it holds every acknowledged event."""
    with opened_portal(settings) as portal:
        with portal.database.query() as connection:
            require_same_log(connection, acknowledged)
            last = current_cursor(connection).position
        assert acknowledged.position <= last == manifest.position, (acknowledged, last, manifest.position)
        with timed(name, "verify", count=last):
            findings = list(open_verifier(portal).findings(now=datetime.now(UTC)))
    breaches = [finding.as_line() for finding in findings if finding.status is FindingStatus.BREACH]
    print(f"{name:12}{'; '.join(breaches) or 'no breach'}", flush=True)
    if breaches:
        sys.exit(3)


def filled(folder: Path, length: int) -> Source:
    """Create a portal on SQLite with that many events."""
    stage = set_up(folder)
    source = Source(settings_of(folder), stage.cast)
    with opened_portal(source.settings) as portal, timed("SQLite", f"fill to {length:,} events", count=length):
        fill(portal, stage.cast, events=length, since=SINCE)
    return source


def empty(folder: Path, key: Path, url: str | None = None) -> Settings:
    """Create an empty installation that has the key."""
    folder.mkdir(mode=0o700)
    shutil.copy(key, folder / "sealing_key")
    return settings_of(folder, url)


def main() -> None:
    """Drill on SQLite, move to PostgreSQL by a backup, and drill there."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    length = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    with tempfile.TemporaryDirectory() as name, postgres.server() as server, server.database() as url:
        folder = Path(name)
        source = filled(folder / "first", length)
        key = shutil.copy(source.settings.data_dir / "sealing_key", folder)
        sqlite = empty(folder / "second", Path(key))
        drill("SQLite", source, sqlite, folder / "safe")
        moved = empty(folder / "third", Path(key), url)
        with opened_portal(sqlite) as portal:
            manifest = back_up(portal, folder / "move.zip")
        with timed("PostgreSQL", "move from SQLite", count=manifest.position):
            restore(
                moved, folder / "move.zip", RestoreOptions(files=FolderStore(folder / "files")), now=datetime.now(UTC)
            )
        with server.database() as spare_url:
            spare = empty(folder / "fourth", Path(key), spare_url)
            drill("PostgreSQL", Source(moved, source.cast), spare, folder / "safe-2")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"highest memory of the process, all steps: {memory:.0f} MB")


if __name__ == "__main__":
    main()
