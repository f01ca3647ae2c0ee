"""A browser, a mail server and a served portal for the stories."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests import postgres
from tests.browser import chromium
from tests.browser.mailbox import Mailbox, mailbox
from tests.browser.served import Served, serving

# A loaded machine is slow, which is no fault of the portal's; who looks in vain learns it half a minute later.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.launch() as browser:
        yield browser


@pytest.fixture(autouse=True)
def nobody_stays(browser: Browser) -> Iterator[None]:
    """Close what a test has opened: a page that is left open goes on asking a portal that is gone."""
    yield
    for context in browser.contexts:
        context.close()


@pytest.fixture
def mails() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Name a database without even a schema: `migrate` is part of the story."""
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
