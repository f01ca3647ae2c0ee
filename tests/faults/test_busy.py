"""Commands while another process holds the lock of the log."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS, holding_the_log
from tests.openings import open_incident

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.database import DatabaseBusy, connections

# The portal waits for five seconds; a shorter wait tests the same.
PATIENCE_SECONDS = 0.4
AT_MOST_SECONDS = 60


@pytest.fixture
def portal(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Portal]:
    """Open a portal that waits less for the lock."""
    monkeypatch.setattr(connections, "LOCK_SECONDS", PATIENCE_SECONDS)
    portal = open_portal(settings, load_keys(settings))
    yield portal
    portal.database.close()


@pytest.fixture
def command(portal: Portal, cast: Cast):
    """Return a function that adds the same follow-up at every call."""
    number, context = open_incident(portal, cast), cast.context("alice")

    def add_follow_up() -> int:
        return portal.tickets.add_follow_up(context, number=number, text="Toujours lent.").entry

    return add_follow_up


@pytest.mark.fault(36)
def test_a_command_gives_up_while_another_process_holds_the_log(portal, settings, command):
    with holding_the_log(settings):
        start = time.monotonic()
        with pytest.raises(DatabaseBusy):
            command()
        waited_seconds = time.monotonic() - start

    assert PATIENCE_SECONDS <= waited_seconds < AT_MOST_SECONDS


@pytest.mark.fault(36)
def test_a_command_works_as_soon_as_the_holder_of_the_log_is_killed(portal, settings, command):
    with holding_the_log(settings) as holder:
        with pytest.raises(DatabaseBusy):
            command()
        holder.kill()
        holder.join(WAIT_SECONDS)

        entry = command()

    assert entry == 2


@pytest.mark.fault(37)
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_a_command_gives_up_while_another_program_writes(portal, command):
    with closing(sqlite3.connect(portal.database.path, isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            command()
        shell.execute("ROLLBACK")

        entry = command()

    assert entry == 2
