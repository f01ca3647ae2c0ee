"""Changes of the sealing key beside running processes."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from tests.openings import open_incident

from izarlink_tickets.application import open_portal
from izarlink_tickets.application.operations.health import is_ready
from izarlink_tickets.application.operations.key_rotation import (
    KeyIsGiven,
    rotate_sealing_key,
    rotate_secret_key,
)
from izarlink_tickets.config import fingerprint_of, load_keys
from izarlink_tickets.sealing import WrongSealingKey, create_key, destroy_keys, sealing_keys

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
NEW_PERSON = "eb1a0000-0000-4000-8000-000000000001"


@pytest.fixture
def given(settings, portal):
    """Return settings with the portal's keys, given by the operator."""
    return settings.model_copy(update={"secret_key": portal.keys.secret, "sealing_key": portal.keys.sealing.newest})


@pytest.fixture
def changed(given):
    """Return settings with a new sealing key and the one before."""
    return given.model_copy(update={"sealing_key": os.urandom(32), "sealing_key_fallbacks": (given.sealing_key,)})


def wrapping_keys(database) -> set[str | None]:
    with database.query() as connection:
        return set(connection.execute(select(sealing_keys.c.wrapped_by)).scalars())


def test_given_keys_are_changed_by_giving_both(portal, cast, given, changed):
    number = open_incident(portal, cast)
    with closing(open_portal(changed, load_keys(changed)).database) as database:
        # Processes with the new settings serve beside those with the old ones, under the old key.
        assert wrapping_keys(database) == {fingerprint_of(given.sealing_key)}

        rotation = rotate_sealing_key(changed, database)

        assert wrapping_keys(database) == {fingerprint_of(changed.sealing_key)} == {rotation.fingerprint}
    with closing(open_portal(changed, load_keys(changed)).database) as database:
        portal = open_portal(changed, load_keys(changed), database=database)
        assert portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.").entry


def test_a_process_that_does_not_know_the_new_key_neither_reads_nor_wraps(cast, given, changed):
    with closing(open_portal(given, load_keys(given)).database) as database:
        outdated = open_portal(given, load_keys(given), database=database)
        assert is_ready(outdated)

        rotate_sealing_key(changed, database)

        with pytest.raises(WrongSealingKey):
            open_incident(outdated, cast)
        with pytest.raises(WrongSealingKey), database.command() as connection:
            create_key(connection, NEW_PERSON, master_key=outdated.keys.sealing, now=NOW)
        assert not is_ready(outdated)
        assert wrapping_keys(database) == {fingerprint_of(changed.sealing_key)}


def test_a_change_waits_for_the_commands_that_chose_the_key_before(portal):
    with ThreadPoolExecutor(1) as thread:
        with portal.database.command() as connection:
            create_key(connection, NEW_PERSON, master_key=portal.keys.sealing, now=NOW)
            change = thread.submit(rotate_sealing_key, portal.settings, portal.database)
        rotation = change.result()

    assert wrapping_keys(portal.database) == {rotation.fingerprint}


def test_a_destroyed_key_stays_destroyed(portal, cast):
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=NOW)

    rotate_sealing_key(portal.settings, portal.database)

    with portal.database.query() as connection:
        is_alices = sealing_keys.c.account_id == cast["alice"].id, sealing_keys.c.wrapped.is_not(None)
        assert connection.execute(select(func.count()).select_from(sealing_keys).where(*is_alices)).scalar_one() == 0


def test_a_key_of_a_release_that_names_no_master_key_is_wrapped_anew(portal):
    with portal.database.command() as connection:
        connection.execute(sealing_keys.update().values(wrapped_by=None))

    rotation = rotate_sealing_key(portal.settings, portal.database)

    assert wrapping_keys(portal.database) == {rotation.fingerprint}


def test_given_keys_are_changed_by_the_operator_first(portal, given):
    with pytest.raises(KeyIsGiven):
        rotate_sealing_key(given, portal.database)
    with pytest.raises(KeyIsGiven):
        rotate_secret_key(given, portal.database, now=NOW, revokes=False)
