"""The databases that are measured: seeded, kept if wanted, and durable as in production."""

import hashlib
import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy import make_url, text
from tests import postgres

from bench.seeding import Seeded, seed
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.schema import revisions
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.projections import VERSIONS

COPY_SECONDS = 60
KINDS = ("sqlite", "postgresql")
# Unlike the tests' server, this one waits for the disk.
_DURABLE = ("listen_addresses=", "max_connections=200", "shared_buffers=512MB", "max_wal_size=4GB")
_ABOUT = "seeded.json"


@dataclass(frozen=True, slots=True)
class SeededDatabase:
    """A portal's data folder and database."""

    kind: str
    folder: Path
    url: str
    seeded: Seeded

    @property
    def settings(self) -> Settings:
        return Settings.read({"IZARLINK_DATA_DIR": str(self.folder), "IZARLINK_DATABASE_URL": self.url})

    @contextmanager
    def opened_portal(self) -> Iterator[Portal]:
        """Open the portal in this process."""
        portal = open_portal(self.settings, load_keys(self.settings))
        try:
            yield portal
        finally:
            portal.database.close()

    def bytes_per_ticket(self) -> float:
        """Return what the database takes on disk for each ticket, files apart."""
        if self.kind == "sqlite":
            return (self.folder / "izarlink.db").stat().st_size / self.seeded.tickets
        ((size,),) = self.select("SELECT pg_database_size(current_database())")
        return float(size) / self.seeded.tickets

    def select(self, sql: str, **values: object) -> list[Any]:
        """Return the rows of a query."""
        with self.opened_portal() as portal, portal.database.query() as connection:
            return list(connection.execute(text(sql), values))


@contextmanager
def opened(kind: str, *, tickets: int, kept_in: Path | None = None) -> Iterator[SeededDatabase]:
    """Seed a database, or open the kept one of this size.

    kept_in: where it is kept; by default it is removed at the end.
    """
    with ExitStack() as stack:
        # Directly under /tmp, because the path of a socket has at most 107 bytes.
        root = kept_in or Path(stack.enter_context(TemporaryDirectory(prefix="izarlink-bench-", dir="/tmp")))
        folder = root / f"{kind}-{tickets}-{_shape()}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        root.chmod(0o755)
        url = f"sqlite:///{folder / 'izarlink.db'}" if kind == "sqlite" else _postgresql(stack, folder)
        yield SeededDatabase(kind, folder, url, _seeded(folder, url, tickets))


def _shape() -> str:
    """Return a name of the schema and the read models, so that a kept database of another one is not used."""
    return hashlib.sha256(repr((revisions(), sorted(VERSIONS.items()))).encode()).hexdigest()[:8]


def _postgresql(stack: ExitStack, folder: Path) -> str:
    data = folder / "server"
    data.mkdir(exist_ok=True)
    return stack.enter_context(postgres.started(data, postgres.find_binaries(), _DURABLE))


def _seeded(folder: Path, url: str, tickets: int) -> Seeded:
    about = folder / _ABOUT
    if about.exists():
        return Seeded(**json.loads(about.read_text()))
    settings = Settings.read({"IZARLINK_DATA_DIR": str(folder), "IZARLINK_DATABASE_URL": url})
    seeded = seed(settings, tickets=tickets)
    about.write_text(json.dumps(asdict(seeded)))
    return seeded


@contextmanager
def copied(database: SeededDatabase) -> Iterator[SeededDatabase]:
    """Copy a database for the block. Nobody else may be connected to it."""
    if database.kind == "sqlite":
        with TemporaryDirectory(dir=database.folder) as folder:
            copy = Path(folder, "izarlink.db")
            _copy_sqlite(database.folder / "izarlink.db", copy)
            yield replace(database, url=f"sqlite:///{copy}")
        return
    with created(database.url, template=str(make_url(database.url).database)) as url:
        yield replace(database, url=url)


@contextmanager
def empty_like(database: SeededDatabase, folder: Path) -> Iterator[SeededDatabase]:
    """Create an empty installation in a new folder, with the key of another one."""
    folder.mkdir(mode=0o700)
    shutil.copy(database.folder / "sealing_key", folder)
    if database.kind == "sqlite":
        yield replace(database, folder=folder, url=f"sqlite:///{folder / 'izarlink.db'}")
        return
    with created(database.url, template="template1") as url:
        yield replace(database, folder=folder, url=url)


@contextmanager
def created(server_url: str, *, template: str) -> Iterator[str]:
    """Create a database on a PostgreSQL server for the block; yield its URL."""
    maintenance, name = _renamed(server_url, "template1"), f"bench_{token_hex(4)}"
    _create_copy(maintenance, name, template)
    try:
        yield _renamed(server_url, name)
    finally:
        postgres.Server(maintenance).drop(name)


def _create_copy(maintenance: str, name: str, source: str) -> None:
    """Copy a database once nobody is connected to it: ended sessions and its autovacuum take a moment."""
    deadline = time.monotonic() + COPY_SECONDS
    while True:
        try:
            postgres.Server(maintenance).create(name, template=source)
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return


def _copy_sqlite(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _renamed(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
