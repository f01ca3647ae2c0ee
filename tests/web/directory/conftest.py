"""An administrator's browser; the directory's pages are tried on one database."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from tests.web.browsing import Browser

from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import events


@pytest.fixture
def root(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("root")


@pytest.fixture
def stored(portal: Portal) -> Callable[[], int]:
    """Return a function that counts the stored events."""

    def count() -> int:
        with portal.database.query() as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()

    return count
