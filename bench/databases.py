"""The databases that are measured: seeded, kept if wanted, and durable as in production."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy import make_url
from tests import postgres

from bench.seeding import Seeded, seed
from izarlink_tickets.config import Settings

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
def opened(kind: str, *, tickets: int, kept_in: Path | None = None) -> Iterator[SeededDatabase]:
    """Seed a database, or open the kept one of this size.

    kept_in: where it is kept; by default it is removed at the end.
    """
    with ExitStack() as stack:
        # Directly under /tmp, because the path of a socket has at most 107 bytes.
        root = kept_in or Path(stack.enter_context(TemporaryDirectory(prefix="izarlink-bench-", dir="/tmp")))
        folder = root / f"{kind}-{tickets}"
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        root.chmod(0o755)
        url = f"sqlite:///{folder / 'izarlink.db'}" if kind == "sqlite" else _postgresql(stack, folder)
        yield SeededDatabase(kind, folder, url, _seeded(folder, url, tickets))


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
    name = f"copy_{token_hex(4)}"
    source = str(make_url(database.url).database)
    _create_copy(_maintenance(database.url), name, source)
    yield replace(database, url=_renamed(database.url, name))
    postgres.Server(_maintenance(database.url)).drop(name)


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


def _maintenance(url: str) -> str:
    return _renamed(url, "template1")


def _renamed(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)
