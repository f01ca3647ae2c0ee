"""Attempt limits in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from tests.accounts.moments import MINUTE, NOW, SECOND

from izarlink_tickets.accounts import (
    Limit,
    TooManyAttempts,
    count_attempt,
    count_reset,
    count_sign_in,
    drop_expired_attempts,
    network_of,
    reset_sign_in_attempts,
)
from izarlink_tickets.accounts.throttle import throttle
from izarlink_tickets.database import Database

SECRET = b"throttle of the tests, 32 bytes."
ALICE = "alice@etxea.example"
HERE = "192.0.2.1"


def sign_in(database, *, email=ALICE, address=HERE, now=NOW) -> int | None:
    """Count a sign-in; return the seconds to wait, or None."""
    try:
        with database.command() as connection:
            count_sign_in(connection, email=email, address=address, secret=SECRET, now=now)
    except TooManyAttempts as refused:
        return refused.retry_after_seconds
    return None


def fail(database, times, **where) -> list[int | None]:
    return [sign_in(database, **where) for _ in range(times)]


def succeed(database, *, times=1) -> None:
    for _ in range(times):
        with database.command() as connection:
            count_sign_in(connection, email=ALICE, address=HERE, secret=SECRET, now=NOW)
            reset_sign_in_attempts(connection, email=ALICE, address=HERE, secret=SECRET, now=NOW)


def ask_for_reset(database, *, times=1) -> None:
    for _ in range(times):
        with database.command() as connection:
            count_reset(connection, email=ALICE, address=HERE, secret=SECRET, now=NOW)


@pytest.mark.parametrize("email", [ALICE, "nobody@etxea.example", "", "\x00\ud800", "a" * 100_000])
def test_the_eleventh_failure_of_an_identifier_is_refused_whether_it_exists_or_not(database, email):
    assert fail(database, 11, email=email) == [None] * 10 + [900]


def test_the_identifier_counts_in_any_capitals_and_from_any_address(database):
    fail(database, 10)

    assert sign_in(database, email=" Alice@ETXEA.example", address="198.51.100.7") == 900


@pytest.mark.parametrize("disguised", ["al\x01ice@etxea.example", f"{ALICE}\u200f", f"\u00a0{ALICE}"])
def test_the_identifier_counts_with_whatever_signs_finding_its_account_passes_over(database, disguised):
    fail(database, 10)

    assert sign_in(database, email=disguised, address="198.51.100.7") == 900


def test_others_are_not_affected(database):
    fail(database, 11)

    assert sign_in(database, email="bob@etxea.example") is None


def test_the_wait_grows_shorter_and_ends(database):
    fail(database, 10)

    assert sign_in(database, now=NOW + 14 * MINUTE) == 60
    assert sign_in(database, now=NOW + 15 * MINUTE - SECOND / 2) == 1
    assert sign_in(database, now=NOW + 15 * MINUTE) is None


def test_the_window_slides_with_each_attempt(database):
    fail(database, 1)
    fail(database, 9, now=NOW + 10 * MINUTE)

    assert sign_in(database, now=NOW + 14 * MINUTE) == 60
    assert fail(database, 2, now=NOW + 16 * MINUTE) == [None, 540]


def test_a_refused_attempt_does_not_prolong_the_wait(database):
    fail(database, 30)

    assert sign_in(database, now=NOW + 15 * MINUTE) is None


def test_the_fiftieth_failure_from_an_address_is_refused(database):
    outcomes = [sign_in(database, email=f"{number}@etxea.example") for number in range(50)]

    assert outcomes == [None] * 49 + [900]
    assert sign_in(database, email="other@etxea.example", address="192.0.2.2") is None


def test_a_right_password_forgives_the_identifier_but_not_the_address(database):
    fail(database, 9)
    succeed(database)

    assert fail(database, 10) == [None] * 10
    assert [sign_in(database, email=f"{number}@etxea.example") for number in range(31)] == [None] * 30 + [900]


def test_successes_alone_lock_nobody_out(database):
    succeed(database, times=60)

    assert sign_in(database) is None


def test_the_limit_holds_over_a_restart(database, database_url, tmp_path):
    fail(database, 10)

    restarted = Database(database_url, data_dir=tmp_path)

    assert sign_in(restarted) == 900
    restarted.close()


def test_the_limit_holds_for_many_at_once(database):
    barrier = Barrier(16)

    def hurry(number):
        barrier.wait()
        return sign_in(database, address=f"192.0.2.{number}")

    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(hurry, range(16)))

    assert outcomes.count(None) == 10


def test_the_fourth_request_for_a_forgotten_password_is_refused(database):
    ask_for_reset(database, times=3)

    with pytest.raises(TooManyAttempts):
        ask_for_reset(database)


def test_limits_do_not_count_for_each_other(database):
    with database.command() as connection:
        once = Limit("once", 1, timedelta(minutes=1))
        count_attempt(connection, limit=once, subject=ALICE, secret=SECRET, now=NOW)

    assert sign_in(database) is None


def test_the_table_names_neither_identifiers_nor_addresses(database):
    fail(database, 1)

    with database.query() as connection:
        rows = repr(connection.execute(throttle.select()).all())

    assert "alice" not in rows
    assert HERE not in rows


def test_expired_attempts_can_be_deleted(database):
    fail(database, 1)

    with database.command() as connection:
        assert drop_expired_attempts(connection, now=NOW + 14 * MINUTE) == 0
        assert drop_expired_attempts(connection, now=NOW + 15 * MINUTE) == 2


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("unix:", "unknown"),
    ],
)
def test_a_client_is_counted_by_its_network(address, network):
    assert network_of(address) == network
