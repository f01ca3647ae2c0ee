"""Connections ended by PostgreSQL, as by an administrator or a failover."""

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import make_url
from tests.cast import Cast
from tests.faults.load import write_during
from tests.openings import open_incident
from tests.stage import END_OTHER_SESSIONS

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings

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


def test_commands_repeated_until_answered_happen_once_though_connections_end(
    portal, cast, end_all_connections, rounds
) -> None:
    entries = write_during(end_all_connections, portal, cast, times=rounds(*TIMES))

    assert entries == [list(range(2, len(answered) + 2)) for answered in entries]
