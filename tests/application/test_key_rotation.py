"""Changes of the master keys beside running processes."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from tests.accounts.authenticator import Authenticator
from tests.application.second_factor_holders import LOCALHOST, Holder, asked, portal_with
from tests.cast import Cast, Clock
from tests.openings import open_incident

from izarlink_tickets.accounts.authenticator_apps import authenticator_apps
from izarlink_tickets.accounts.passkey_ceremony import PasskeyRefused
from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.application.operations.health import is_ready
from izarlink_tickets.application.operations.key_rotation import (
    KeyIsGiven,
    rotate_sealing_key,
    rotate_secret_key,
)
from izarlink_tickets.application.second_steps import PasskeyAnswer
from izarlink_tickets.application.visits import Visitor
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


# --- second factors ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sam(portal: Portal, cast: Cast, clock: Clock) -> Holder:
    """Return sam, who has a passkey that counts no uses."""
    sam = Holder(portal_with(portal, base_url=LOCALHOST), clock, cast["sam"].email)
    sam.add_passkey(sam.begin())
    assert sam.key
    sam.key.counts = False
    return sam


def sealed_secrets(portal: Portal) -> list[str]:
    with portal.database.query() as connection:
        return list(connection.execute(select(authenticator_apps.c.sealed_secret)).scalars())


def answer_of(sam: Holder, visitor: Visitor) -> PasskeyAnswer:
    """Let sam's key answer the page of their second step."""
    return sam.answer(sam.portal.second_steps.options(visitor, now=sam.clock()))


def rotate_both(portal: Portal, clock: Clock, *, revokes: bool = False) -> None:
    rotate_sealing_key(portal.settings, portal.database)
    rotate_secret_key(portal.settings, portal.database, now=clock(), revokes=revokes)


def test_second_factors_outlive_both_master_keys(portal: Portal, sam: Holder, clock: Clock):
    begun = sam.begin()
    visitor = sam.add_app(sam.prove(begun, answer_of(sam, begun)))
    codes = portal.second_factors.create_recovery_codes(visitor, now=clock())
    before, wrapped_by = sealed_secrets(portal), wrapping_keys(portal.database)
    sign_ins = [sam.begin() for _ in range(3)]
    under_way = answer_of(sam, sign_ins[0])

    rotate_both(portal, clock)

    finished = [
        sam.prove(sign_ins[0], under_way),
        sam.type_code(sign_ins[1]),
        sam.type_code(sign_ins[2], codes[0]),
    ]
    assert [finish.session.awaits for finish in finished] == [None, None, None]
    # The secret is sealed with the person's key, which alone is wrapped anew.
    assert sealed_secrets(portal) == before
    assert wrapping_keys(portal.database).isdisjoint(wrapped_by)


def test_a_passkey_that_was_asked_for_before_a_change_is_added_after_it(portal: Portal, cast: Cast, clock: Clock):
    nora = Holder(portal_with(portal, base_url=LOCALHOST), clock, cast["nora"].email)
    visitor, key = nora.begin(), Authenticator(LOCALHOST)
    asked_before = asked(nora.portal.second_factors.passkey_options(visitor, now=clock()))
    rotate_both(portal, clock)

    answer = PasskeyAnswer(asked_before[0], key.create(asked_before[1]))
    nora.portal.second_factors.add_passkey(visitor, answer, name="Clé", now=clock())

    assert portal.second_factors.has_any(cast["nora"])


def test_an_answer_that_was_used_before_a_change_is_refused_after_it(portal: Portal, sam: Holder, clock: Clock):
    first, second = sam.begin(), sam.begin()
    answer = answer_of(sam, first)
    sam.prove(first, answer)

    rotate_both(portal, clock)

    with pytest.raises(PasskeyRefused):
        sam.prove(second, answer)


def test_a_revoked_key_asks_for_passkeys_no_more(portal: Portal, sam: Holder, clock: Clock):
    begun = sam.begin()
    answer = answer_of(sam, begun)

    rotate_both(portal, clock, revokes=True)

    with pytest.raises(PasskeyRefused):
        sam.prove(begun, answer)
