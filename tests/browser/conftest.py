"""A browser, a mail server and a served portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests import postgres
from tests.browser import chromium
from tests.browser.mailbox import Mailbox, mailbox
from tests.browser.served import Served, serving

# Long enough for a loaded machine.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.launch() as browser:
        yield browser


@pytest.fixture(autouse=True)
def closed_pages(browser: Browser) -> Iterator[None]:
    """Close the pages of a test, which would call a stopped portal."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def mails() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'izarlink.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, postgres.Server)
    with server.database() as url:
        yield url


@pytest.fixture
def served(empty_url: str, tmp_path: Path, mails: Mailbox) -> Iterator[Served]:
    with serving(tmp_path, database_url=empty_url, smtp_port=mails.port) as served:
        yield served
