"""A portal with everybody in it, made once per test run and database, and copied for each test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests import postgres
from tests.cast import Cast, Clock, assemble

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, create_keys, load_keys
from izarlink_tickets.database import Database, metadata
from izarlink_tickets.event_store import begin_log


@dataclass(frozen=True)
class Stage:
    """What is copied: the data folder with its keys, and on PostgreSQL a database that nobody is connected to."""

    folder: Path
    cast: Cast
    server: postgres.Server | None = None
    database: str = ""

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Settings]:
        """Give the settings of a portal of one's own in `folder`."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        if self.server is None:
            yield settings_of(folder)
            return
        name = f"test_{uuid4().hex}"
        try:
            yield settings_of(folder, self.server.create(name, template=self.database))
        finally:
            self.server.drop(name)

    def people(self, clock: Clock) -> Cast:
        """Give everybody, living by this clock."""
        cast = deepcopy(self.cast)
        cast.clock = clock
        return cast


def settings_of(folder: Path, url: str | None = None) -> Settings:
    """Give the settings of a portal in `folder`; its own SQLite file unless a URL says otherwise."""
    address = {"IZARLINK_DATABASE_URL": url} if url else {}
    return Settings.read({"IZARLINK_DATA_DIR": str(folder), **address})


def make_schema(database: Database) -> None:
    """Create all tables, as `migrate` does."""
    with database.command() as connection:
        metadata.create_all(connection)
        begin_log(connection)


def set_up(settings: Settings) -> Cast:
    """Create everybody in an empty database, and leave it without a connection."""
    create_keys(settings)
    portal: Portal = open_portal(settings, load_keys(settings))
    make_schema(portal.database)
    portal.read_models.ensure()
    cast = assemble(portal, Clock())
    with portal.database.command() as connection:
        outbox.write_off(connection, now=cast.clock())
    portal.database.close()
    return cast
