"""A portal with tickets, and empty installations with its sealing key."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import postgres
from tests.cast import Cast
from tests.stage import settings_of
from tests.verify.corruptions import fill_with_tickets

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

# Builds the settings of an empty installation with the portal's key, by dialect.
Installation = Callable[[str], Settings]


@pytest.fixture
def portal_with_tickets(portal: Portal, cast: Cast) -> Portal:
    fill_with_tickets(portal, cast)
    return portal


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Iterator[Installation]:
    with ExitStack() as databases:

        def make(dialect: str) -> Settings:
            folder = tmp_path / "restored"
            folder.mkdir(mode=0o700)
            shutil.copy(settings.data_dir / "sealing_key", folder)
            if dialect == "sqlite":
                return settings_of(folder)
            server = request.getfixturevalue("postgres_server")
            assert isinstance(server, postgres.Server)
            return settings_of(folder, databases.enter_context(server.database()))

        yield make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backups" / "monday.zip"
