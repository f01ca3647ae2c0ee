"""Links that prove who reads a mail."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.accounts.moments import HOUR, MINUTE, NOW, SECOND

from izarlink_tickets.accounts import (
    LinkNotValid,
    Proof,
    Purpose,
    create_token,
    drop_expired_tokens,
    drop_tokens,
    find_token,
    use_token,
)
from izarlink_tickets.accounts.tokens import tokens


@pytest.fixture
def reset(database, alice) -> str:
    with database.command() as connection:
        return create_token(connection, account_id=alice.id, purpose=Purpose.RESET, now=NOW)


def use(database, token, *, purpose=Purpose.RESET, now=NOW) -> Proof | None:
    try:
        with database.command() as connection:
            return use_token(connection, token=token, purpose=purpose, now=now)
    except LinkNotValid:
        return None


def test_a_link_proves_whose_mail_it_was_sent_to(database, alice, reset):
    assert use(database, reset) == Proof(alice.id, None)


def test_a_link_works_once(database, reset):
    use(database, reset)

    assert use(database, reset) is None


def test_looking_at_a_link_does_not_use_it(database, alice, reset):
    with database.query() as connection:
        seen = find_token(connection, token=reset, purpose=Purpose.RESET, now=NOW)

    assert seen == Proof(alice.id, None)
    assert use(database, reset) == seen


@pytest.mark.cve("CVE-2026-3590")
def test_of_eight_uses_at_once_one_succeeds(database, alice, reset):
    barrier = Barrier(8)

    def hurry(_):
        barrier.wait()
        return use(database, reset)

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(hurry, range(8)))

    assert outcomes.count(Proof(alice.id, None)) == 1
    assert outcomes.count(None) == 7


def test_a_reset_lives_for_half_an_hour(database, reset):
    assert use(database, reset, now=NOW + 30 * MINUTE) is None
    assert use(database, reset, now=NOW + 30 * MINUTE - SECOND)


def test_a_new_address_can_be_confirmed_for_a_day_with_the_address_it_is_about(database, alice):
    with database.command() as connection:
        token = create_token(
            connection, account_id=alice.id, purpose=Purpose.EMAIL, data="alice@mendi.example", now=NOW
        )

    assert use(database, token, purpose=Purpose.EMAIL, now=NOW + 24 * HOUR) is None
    assert use(database, token, purpose=Purpose.EMAIL, now=NOW + 23 * HOUR) == Proof(alice.id, "alice@mendi.example")


@pytest.mark.cve("CVE-2020-1772")
@pytest.mark.parametrize("token", ["", "%", "*", "_" * 43, "\x00", "\ud800", "['a']", "a" * 100_000])
def test_a_token_that_was_never_made_opens_nothing(database, reset, token):
    assert use(database, token) is None


@pytest.mark.cve("CVE-2019-14666")
def test_a_cut_token_or_its_stored_hash_opens_nothing(database, reset):
    with database.query() as connection:
        stored = connection.execute(tokens.select()).one()

    assert use(database, reset[:-1]) is None
    assert use(database, stored.hash) is None
    assert reset not in repr(stored)


def test_a_link_is_good_for_its_purpose_only(database, reset):
    assert use(database, reset, purpose=Purpose.EMAIL) is None
    assert use(database, reset)


def test_several_links_of_a_person_live_side_by_side_and_die_together(database, alice, bob, reset):
    with database.command() as connection:
        later = create_token(connection, account_id=alice.id, purpose=Purpose.RESET, now=NOW)
        bobs = create_token(connection, account_id=bob.id, purpose=Purpose.RESET, now=NOW)
        find_token(connection, token=reset, purpose=Purpose.RESET, now=NOW)
        drop_tokens(connection, account_id=alice.id)

    assert [use(database, token) for token in (reset, later, bobs)] == [None, None, Proof(bob.id, None)]


@pytest.mark.cve("CVE-2018-7195", "CVE-2020-1773")
def test_a_token_holds_256_bits(reset):
    assert len(reset) == 43


def test_expired_links_can_be_thrown_away(database, reset):
    with database.command() as connection:
        assert drop_expired_tokens(connection, now=NOW) == 0
        assert drop_expired_tokens(connection, now=NOW + HOUR) == 1
