"""Installations where nothing has been done, and where `migrate` has."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.stage import settings_of

from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of an installation where nothing has been done."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        yield settings_of(folder)
        return
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, postgres.Server)
    with server.database() as url:
        yield settings_of(folder, url)


@pytest.fixture
def migrated(empty: Settings) -> Settings:
    migrate(empty)
    return empty


@pytest.fixture
def declared(request: pytest.FixtureRequest, empty: Settings, tmp_path: Path) -> Settings:
    """Give the settings of a database that was made from the code's own declarations."""
    is_sqlite = empty.database_url.startswith("sqlite")
    url = request.getfixturevalue("fresh_sqlite_url" if is_sqlite else "fresh_postgres_url")
    return settings_of(tmp_path, url)
