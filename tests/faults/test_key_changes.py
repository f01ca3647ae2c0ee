"""Master keys changed under load, and by a killed command."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from tests.faults.children import killed_at
from tests.faults.commands import open_two
from tests.faults.invariants import breaches
from tests.faults.test_killed_server import (
    LoadResult,
    assert_all_mails_arrive,
    customers_of,
    send_while_killing,
    served,
)

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations import key_rotation
from izarlink_tickets.config import Settings, fingerprint_of, load_keys
from izarlink_tickets.failpoints import EXIT_CODE, Point
from izarlink_tickets.sealing import sealing_keys

# In the suite, and in a long run.
CHANGES = (2, 10)
SMALL_BATCH = 2
IN_A_CHANGE = [
    (Point.KEY_CREATED, 1),
    (Point.KEY_CHANGED, 1),
    (Point.KEYS_BATCH, 1),
    (Point.KEYS_BATCH, 3),
    (Point.KEYS_REWRAPPED, 1),
    (Point.KEY_RETIRED, 1),
]


def change_sealing_key(portal: Portal) -> int:
    key_rotation.BATCH = SMALL_BATCH
    return key_rotation.rotate_sealing_key(portal.settings, portal.database).rewrapped


def change_secret_key(portal: Portal) -> None:
    key_rotation.rotate_secret_key(portal.settings, portal.database, now=datetime.now(UTC), revokes=False)


def wrapping_keys(portal: Portal) -> set[str | None]:
    with portal.database.query() as connection:
        return set(connection.execute(select(sealing_keys.c.wrapped_by)).scalars())


def breaches_of_a_start(settings: Settings) -> list[str]:
    """Verify with the keys of a process that starts now."""
    portal = open_portal(settings, load_keys(settings))
    with closing(portal.database):
        return breaches(portal)


@pytest.mark.fault(51)
@pytest.mark.parametrize(("point", "nth"), IN_A_CHANGE)
def test_a_killed_change_leaves_everything_readable_and_the_next_completes_it(portal, settings, cast, point, nth):
    open_two(portal, cast)
    before = portal.keys.sealing.newest

    exit_code = killed_at(point, change_sealing_key, settings=settings, nth=nth)
    found = breaches(portal) + breaches_of_a_start(settings)
    change_sealing_key(portal)

    present = load_keys(settings).sealing.newest
    assert (exit_code, found, before != present) == (EXIT_CODE, [], True)
    assert wrapping_keys(portal) == {fingerprint_of(present)}
    assert not (settings.data_dir / "sealing_key.next").exists()
    assert len(list(settings.data_dir.glob("sealing_key*"))) == 2


@pytest.mark.fault(51)
def test_a_killed_change_of_the_secret_key_leaves_both_accepted(portal, settings):
    before = portal.keys.secret

    exit_code = killed_at(Point.KEY_CHANGED, change_secret_key, settings=settings)

    now = datetime.now(UTC)
    accepted = portal.keys.accepted_secrets(now)
    assert (exit_code, accepted) == (EXIT_CODE, (before, portal.keys.secret))
    assert load_keys(settings).accepted_secrets(now) == accepted


@pytest.mark.fault(51)
@pytest.mark.parametrize("stage", ["sqlite", pytest.param("postgresql", marks=pytest.mark.fault_run)], indirect=True)
def test_keys_are_changed_under_load_and_nobody_notices(
    settings: Settings, portal: Portal, rounds: Callable[[int, int], int]
) -> None:
    def change_both() -> None:
        change_sealing_key(portal)
        change_secret_key(portal)

    with served(settings) as server:
        clients = customers_of(server)
        send_while_killing(clients, change_both, times=rounds(*CHANGES))

    result = LoadResult(portal, clients)
    assert result.stored() == result.acknowledged()
    assert {answer.attempts for client in clients for answer in client.answers.values()} == {1}
    # The end of the server kills its work process, too.
    assert_all_mails_arrive(portal, repeats=1)
