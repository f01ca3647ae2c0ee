"""Connections ended by PostgreSQL, as by an administrator or a failover."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import make_url
from tests.cast import Cast, Clock
from tests.faults.load import write_during
from tests.openings import open_incident
from tests.stage import END_OTHER_SESSIONS
from tests.web.applications import application
from tests.web.browsing import signed_in

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings
from izarlink_tickets.database import postgresql

# In the suite, and in a long run.
TIMES = (4, 200)

pytestmark = [pytest.mark.fault(33), pytest.mark.parametrize("stage", ["postgresql"], indirect=True)]


@pytest.fixture
def end_all_connections(settings: Settings) -> Callable[[], None]:
    url = make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)

    def end() -> None:
        with psycopg.connect(url, autocommit=True) as administrator:
            administrator.execute(END_OTHER_SESSIONS.text)

    return end


def test_the_next_command_after_all_connections_were_ended_works(
    portal: Portal, cast: Cast, end_all_connections: Callable[[], None]
) -> None:
    number = open_incident(portal, cast)
    end_all_connections()

    answer = portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")

    assert answer.entry == 2


@pytest.fixture
def _unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide ended connections, as if the word came late."""
    monkeypatch.setattr(postgresql, "_is_silent", lambda _: True)


@pytest.mark.usefixtures("_unnoticed")
def test_a_command_works_though_its_connection_ends_unnoticed(
    portal: Portal, cast: Cast, end_all_connections: Callable[[], None]
) -> None:
    number = open_incident(portal, cast)
    end_all_connections()

    answer = portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")

    assert answer.entry == 2


@pytest.mark.usefixtures("_unnoticed")
def test_a_page_works_though_its_connection_ends_unnoticed(
    portal: Portal, cast: Cast, clock: Clock, end_all_connections: Callable[[], None]
) -> None:
    number = open_incident(portal, cast)
    browser = signed_in(application(portal, clock), cast, "alice")
    end_all_connections()

    assert browser.get(f"/tickets/{number}").status == 200


def test_commands_repeated_until_answered_happen_once_though_connections_end(
    portal, cast, end_all_connections, rounds
) -> None:
    entries = write_during(end_all_connections, portal, cast, times=rounds(*TIMES))

    assert entries == [list(range(2, len(answered) + 2)) for answered in entries]
