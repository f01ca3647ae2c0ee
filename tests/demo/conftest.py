"""The demo, loaded once and restored for each test."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests import postgres
from tests.stage import Stage, copy_rows, settings_of

from izarlink_tickets import demo
from izarlink_tickets.application import open_portal
from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings, load_keys

# The demo brings its own people.
NOBODY: Any = None
LOADED_AT = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def sqlite_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("demo")
    _load(settings_of(folder))
    return Stage(folder, NOBODY)


@pytest.fixture(scope="session")
def postgresql_stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("demo")
    with postgres_server.database() as url:
        _load(settings_of(folder, url))
        copy_rows(url)
        yield Stage(folder, NOBODY, url)


def _load(settings: Settings) -> None:
    migrate(settings)
    portal = open_portal(settings, load_keys(settings))
    demo.load(portal, now=LOADED_AT)
    portal.database.close()
