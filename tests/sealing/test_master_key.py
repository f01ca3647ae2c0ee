"""The installation's master key, and the refusal of another one."""

import pytest
from sqlalchemy import select
from tests.sealing.samples import ALICE, MASTER_KEY, OTHER_MASTER_KEY, TEXT

from izarlink_tickets.sealing import (
    Keys,
    WrongSealingKey,
    check_master_key,
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

    assert MASTER_KEY.newest.hex() not in connection.execute(select(installation.c.value)).scalar_one()
