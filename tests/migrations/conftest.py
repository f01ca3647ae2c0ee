"""Settings of empty and of migrated installations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.stage import settings_of

from izarlink_tickets.application.operations.schema import migrate
from izarlink_tickets.config import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Return the settings of an empty installation."""
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
    """Return the settings of a database created from the code's declarations."""
    is_sqlite = empty.database_url.startswith("sqlite")
    url = request.getfixturevalue("fresh_sqlite_url" if is_sqlite else "fresh_postgres_url")
    return settings_of(tmp_path, url)
