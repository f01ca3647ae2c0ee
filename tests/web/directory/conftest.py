"""An administrator at the directory's pages, which know no SQL: they are tried on one database."""

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
    """Count the events of the log: what stored nothing adds none."""

    def count() -> int:
        with portal.database.query() as connection:
            return connection.execute(select(func.count()).select_from(events)).scalar_one()

    return count
