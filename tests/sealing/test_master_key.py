"""One master key opens an installation's seals; another one is recognised before it does harm, and may replace it."""

import pytest
from sqlalchemy import select
from tests.sealing.samples import ALICE, FILE, MASTER_KEY, NOW, OTHER_MASTER_KEY, TEXT

from izarlink_tickets.sealing import (
    Keys,
    WrongSealingKey,
    change_master_key,
    check_master_key,
    destroy_keys,
    installation,
    remember_master_key,
)


def test_another_master_key_opens_nothing(connection, token):
    with pytest.raises(WrongSealingKey):
        Keys(connection, OTHER_MASTER_KEY).open(token, context="here")


def test_another_master_key_seals_nothing_for_a_known_person(connection):
    with pytest.raises(WrongSealingKey):
        Keys(connection, OTHER_MASTER_KEY).seal(ALICE, TEXT, context="here")


def test_the_remembered_master_key_is_recognised(connection):
    remember_master_key(connection, MASTER_KEY)

    check_master_key(connection, MASTER_KEY)


def test_another_master_key_is_recognised_as_wrong(connection):
    remember_master_key(connection, MASTER_KEY)

    with pytest.raises(WrongSealingKey):
        check_master_key(connection, OTHER_MASTER_KEY)


def test_no_master_key_is_right_before_one_is_remembered(connection):
    with pytest.raises(WrongSealingKey):
        check_master_key(connection, MASTER_KEY)


def test_a_remembered_master_key_is_not_replaced(connection):
    remember_master_key(connection, MASTER_KEY)

    with pytest.raises(WrongSealingKey):
        remember_master_key(connection, OTHER_MASTER_KEY)


def test_remembering_the_same_master_key_again_changes_nothing(connection):
    remember_master_key(connection, MASTER_KEY)
    remember_master_key(connection, MASTER_KEY)

    assert len(connection.execute(select(installation)).all()) == 1


def test_the_master_key_itself_is_not_stored(connection):
    remember_master_key(connection, MASTER_KEY)

    assert MASTER_KEY.hex() not in connection.execute(select(installation.c.value)).scalar_one()


def test_a_changed_master_key_opens_what_the_old_one_sealed(connection, token, sealed_file):
    remember_master_key(connection, MASTER_KEY)

    change_master_key(connection, old=MASTER_KEY, new=OTHER_MASTER_KEY)

    keys = Keys(connection, OTHER_MASTER_KEY)
    check_master_key(connection, OTHER_MASTER_KEY)
    assert (keys.open(token, context="here"), keys.open_bytes(sealed_file, context="file")) == (TEXT, FILE)


def test_the_old_master_key_opens_nothing_after_the_change(connection, token):
    remember_master_key(connection, MASTER_KEY)

    change_master_key(connection, old=MASTER_KEY, new=OTHER_MASTER_KEY)

    with pytest.raises(WrongSealingKey):
        Keys(connection, MASTER_KEY).open(token, context="here")


def test_the_master_key_is_changed_by_who_knows_it(connection):
    remember_master_key(connection, MASTER_KEY)

    with pytest.raises(WrongSealingKey):
        change_master_key(connection, old=OTHER_MASTER_KEY, new=MASTER_KEY)


def test_a_destroyed_key_stays_destroyed_when_the_master_key_changes(connection, token):
    remember_master_key(connection, MASTER_KEY)
    destroy_keys(connection, ALICE, now=NOW)

    change_master_key(connection, old=MASTER_KEY, new=OTHER_MASTER_KEY)

    assert Keys(connection, OTHER_MASTER_KEY).open(token, context="here") is None
