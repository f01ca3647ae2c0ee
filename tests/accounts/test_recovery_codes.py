"""Recovery codes: ten, hashed, each once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from izarlink_tickets.accounts import passwords
from izarlink_tickets.accounts.recovery_codes import (
    draw_recovery_codes,
    hash_recovery_codes,
    hashes_of_recovery_codes,
    recovery_code_of,
    recovery_codes,
    store_recovery_codes,
    use_recovery_code,
)


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """Draw codes; their hashes, which take a while, serve all tests."""
    codes = draw_recovery_codes()
    return dict(zip(codes, hash_recovery_codes(codes), strict=True))


@pytest.fixture
def codes(database, alice, drawn) -> list[str]:
    with database.command() as connection:
        store_recovery_codes(connection, account_id=alice.id, hashes=list(drawn.values()))
    return list(drawn)


def hash_of(database, account, code: str) -> str | None:
    with database.query() as connection:
        return passwords.first_match(code, among=hashes_of_recovery_codes(connection, account_id=account.id))


def use(database, account, hashed: str | None) -> bool:
    assert hashed
    with database.command() as connection:
        return use_recovery_code(connection, account_id=account.id, hashed=hashed)


def test_there_are_ten_different_codes_of_sixty_bits():
    codes = draw_recovery_codes()

    assert len(set(codes)) == 10
    assert {len(code.replace("-", "")) * 5 for code in codes} == {60}


def test_only_argon2_hashes_with_a_random_salt_are_stored(database, codes):
    with database.query() as connection:
        stored = connection.execute(select(recovery_codes.c.hash)).scalars().all()

    assert all(hashed.startswith("$argon2id$") for hashed in stored)
    assert {len(passwords.salt_of(hashed)) for hashed in stored} == {16}


def test_of_eight_uses_at_once_one_succeeds(database, alice, codes):
    hashed = hash_of(database, alice, codes[3])
    barrier = Barrier(8)

    def hurry(_):
        barrier.wait()
        return use(database, alice, hashed)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hurry, range(8))) == 1
    assert hash_of(database, alice, codes[3]) is None


def test_a_code_is_its_persons_alone(database, alice, bob, codes):
    hashed = hash_of(database, alice, codes[0])

    assert hash_of(database, bob, codes[0]) is None
    assert not use(database, bob, hashed)


def test_new_codes_replace_the_earlier_ones(database, alice, codes):
    with database.command() as connection:
        store_recovery_codes(connection, account_id=alice.id, hashes=[passwords.hash_password("k7mq-p2rw-x9cd")])

    assert [hash_of(database, alice, code) is None for code in (codes[0], "k7mq-p2rw-x9cd")] == [True, False]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("k7mq-p2rw-x9cd", "k7mq-p2rw-x9cd"),
        (" K7MQ P2RW\u2011X9CD ", "k7mq-p2rw-x9cd"),
        ("k7mqp2rwx9cd", "k7mq-p2rw-x9cd"),
        ("k7mq-p2rw-x9c", None),
        ("k7mq-p2rw-x9c0", None),
        ("\ud800" * 12, None),
        ("123456", None),
    ],
)
def test_a_code_is_read_in_any_grouping(typed, code):
    assert recovery_code_of(typed) == code
