"""Codes of authenticator apps: each once, for half a minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pyotp
import pytest
from sqlalchemy import select
from tests.accounts.moments import HOUR, NOW, SECOND

from izarlink_tickets.accounts.authenticator_apps import (
    app_code_of,
    authenticator_apps,
    draw_app_secret,
    step_of_code,
    store_app,
    use_app_code,
)
from izarlink_tickets.config import SealingKey
from izarlink_tickets.sealing import Keys, create_key, destroy_keys

MASTER_KEY = SealingKey(bytes(range(32)))
SECRET = draw_app_secret()
STEP = 30 * SECOND
LATER = NOW + HOUR


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


@pytest.fixture
def app_of_alice(database, alice):
    with database.command() as connection:
        create_key(connection, alice.id, master_key=MASTER_KEY, now=NOW)
        step = step_of_code(SECRET, code_at(NOW), now=NOW) or 0
        store_app(connection, Keys(connection, MASTER_KEY), account_id=alice.id, secret=SECRET, step=step, now=NOW)
    return alice


def use(database, account, code: str, *, now: datetime = LATER) -> bool:
    with database.command() as connection:
        keys = Keys(connection, MASTER_KEY)
        return use_app_code(connection, keys, account_id=account.id, code=code, now=now)


def test_a_code_is_valid_once(database, app_of_alice):
    uses = [use(database, app_of_alice, code_at(LATER)) for _ in "12"]

    assert uses == [True, False]


@pytest.mark.parametrize(("age", "is_valid"), [(-1, False), (0, True), (1, True), (2, False)])
def test_a_code_lives_for_its_half_minute_and_the_next_one_on_its_way(database, app_of_alice, age, *, is_valid):
    assert use(database, app_of_alice, code_at(LATER - age * STEP)) is is_valid


def test_an_earlier_code_is_refused_after_a_later_one(database, app_of_alice):
    use(database, app_of_alice, code_at(LATER))

    assert not use(database, app_of_alice, code_at(LATER - STEP))


def test_the_code_that_confirmed_the_app_opens_nothing(database, app_of_alice):
    assert not use(database, app_of_alice, code_at(NOW), now=NOW)


def test_of_eight_uses_at_once_one_succeeds(database, app_of_alice):
    barrier = Barrier(8)

    def hurry(_):
        barrier.wait()
        return use(database, app_of_alice, code_at(LATER))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hurry, range(8))) == 1


def test_a_code_of_a_clock_that_was_ahead_blocks_no_later_one(database, app_of_alice):
    use(database, app_of_alice, code_at(LATER + HOUR), now=LATER + HOUR)

    assert use(database, app_of_alice, code_at(LATER))


def test_the_secret_is_sealed_and_dies_with_the_persons_key(database, app_of_alice):
    with database.command() as connection:
        sealed = connection.execute(select(authenticator_apps.c.sealed_secret)).scalar_one()
        destroy_keys(connection, app_of_alice.id, now=NOW)

    assert SECRET not in sealed
    assert not use(database, app_of_alice, code_at(LATER))


def test_a_stranger_has_no_code(database, app_of_alice, bob):
    assert not use(database, bob, code_at(LATER))


def test_secrets_are_random_and_of_160_bits():
    secrets = {draw_app_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(pyotp.TOTP(secret).byte_secret()) * 8 for secret in secrets} == {160}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123\u00a0456 ", "123456"),
        ("12345", None),
        ("1234567", None),
        ("١٢٣٤٥٦", None),
        ("\ud800", None),
        ("k7mq-p2rw-x9cd", None),
    ],
)
def test_a_code_is_six_digits(typed, code):
    assert app_code_of(typed) == code
