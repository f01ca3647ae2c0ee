"""Attempt limits in the database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from tests.accounts.moments import DAY, MINUTE, NOW, SECOND

from izarlink_tickets.accounts import (
    AttemptSource,
    Budget,
    Limit,
    TooManyAttempts,
    budgets_of_account,
    count_attempts,
    drop_expired_attempts,
    network_of,
    reset_attempts,
    undo_attempts,
)
from izarlink_tickets.accounts.throttle import throttle
from izarlink_tickets.database import Database

SECRET = b"throttle of the tests, 32 bytes."
ALICE = "alice@etxea.example"
HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"
ONCE = Limit("once", 1, timedelta(minutes=1))


def sign_in(database, *, email=ALICE, address=HERE, browser=None, now=NOW) -> int:
    """Count a sign-in; return the seconds to wait."""
    budgets = AttemptSource(email, address, browser).sign_in_budgets()
    with database.command() as connection:
        return count_attempts(connection, budgets, secret=SECRET, now=now).seconds_to_wait


def fail(database, times, **where) -> list[int]:
    return [sign_in(database, **where) for _ in range(times)]


def succeed(database, *, times=1) -> None:
    for _ in range(times):
        budgets = AttemptSource(ALICE, HERE).sign_in_budgets()
        with database.command() as connection:
            count_attempts(connection, budgets, secret=SECRET, now=NOW)
            undo_attempts(connection, budgets, secret=SECRET, now=NOW)


def ask_for_reset(database, *, times=1, **source) -> list[int]:
    budgets = AttemptSource(ALICE, **source).reset_budgets()
    with database.command() as connection:
        return [count_attempts(connection, budgets, secret=SECRET, now=NOW).seconds_to_wait for _ in range(times)]


@pytest.mark.parametrize("email", [ALICE, "nobody@etxea.example", "", "\x00\ud800", "a" * 100_000])
def test_the_sixth_failure_from_a_network_is_refused_whether_the_account_exists_or_not(database, email):
    assert fail(database, 6, email=email) == [0] * 5 + [900]


@pytest.mark.parametrize(
    "disguised", [" Alice@ETXEA.example", "al\x01ice@etxea.example", f"{ALICE}\u200f", f"\u00a0{ALICE}"]
)
def test_the_identifier_counts_with_whatever_signs_finding_its_account_passes_over(database, disguised):
    fail(database, 5)

    assert sign_in(database, email=disguised) == 900


def test_a_long_identifier_counts_by_network_too(database):
    email = "a" * 300
    fail(database, 5, email=email)

    assert sign_in(database, email=email, address=ELSEWHERE) == 0


def test_others_are_not_affected(database):
    fail(database, 40)

    assert sign_in(database, email="bob@etxea.example") == 0


def test_after_40_failures_from_one_address_other_networks_and_known_browsers_get_in(database):
    fail(database, 40)

    assert fail(database, 3, address=ELSEWHERE) == [0, 0, 0]
    assert sign_in(database, browser="mark") == 0


def test_many_networks_make_unknown_browsers_wait_for_minutes_and_known_ones_not_at_all(database):
    for number in range(40):
        sign_in(database, address=f"192.0.2.{number}")

    assert sign_in(database, address=ELSEWHERE) == 450
    assert sign_in(database, address=ELSEWHERE, now=NOW + 450 * SECOND) == 0
    assert sign_in(database, address=ELSEWHERE, browser="mark") == 0


def test_a_known_browser_has_ten_attempts_and_leaves_those_of_others(database):
    assert fail(database, 11, browser="mark") == [0] * 10 + [900]

    assert sign_in(database) == 0
    assert sign_in(database, browser="another mark") == 0


def test_after_49_invented_names_a_known_browser_behind_the_address_gets_in(database):
    outcomes = [sign_in(database, email=f"{number}@etxea.example") for number in range(50)]

    assert outcomes == [0] * 49 + [900]
    assert sign_in(database) == 900
    assert sign_in(database, browser="mark") == 0
    assert sign_in(database, address=ELSEWHERE) == 0


def test_a_network_that_goes_on_guessing_leaves_the_turns_of_the_account_to_others(database):
    fail(database, 49)

    assert sign_in(database, email="bob@etxea.example") == 900


def test_the_wait_grows_shorter_and_ends(database):
    fail(database, 5)

    assert sign_in(database, now=NOW + 14 * MINUTE) == 60
    assert sign_in(database, now=NOW + 15 * MINUTE - SECOND / 2) == 1
    assert sign_in(database, now=NOW + 15 * MINUTE) == 0


def test_the_window_slides_with_each_attempt(database):
    fail(database, 1)
    fail(database, 4, now=NOW + 10 * MINUTE)

    assert sign_in(database, now=NOW + 14 * MINUTE) == 60
    assert fail(database, 2, now=NOW + 16 * MINUTE) == [0, 540]


def test_a_refused_attempt_does_not_prolong_the_wait(database):
    fail(database, 30)

    assert sign_in(database, now=NOW + 15 * MINUTE) == 0


def test_successes_lock_nobody_out_and_forgive_no_failure(database):
    fail(database, 4)
    succeed(database, times=60)

    assert fail(database, 2) == [0, 900]


def test_a_chosen_password_forgets_the_failures_of_the_account(database):
    fail(database, 4)
    fail(database, 4, address=ELSEWHERE)

    with database.command() as connection:
        reset_attempts(connection, *budgets_of_account(ALICE), secret=SECRET)

    assert sign_in(database, address="203.0.113.9") == 0


def test_the_limit_holds_over_a_restart(database, database_url, tmp_path):
    fail(database, 5)

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

    assert outcomes.count(0) == 8


def test_the_fourth_request_for_a_link_is_refused_there_and_nowhere_else(database):
    assert ask_for_reset(database, address=HERE, times=4) == [0, 0, 0, 1800]

    assert ask_for_reset(database, address=ELSEWHERE) == [0]
    assert ask_for_reset(database, address=HERE, browser="mark", times=4) == [0, 0, 0, 1800]


def test_one_limit_counts_for_itself(database):
    budget = Budget(ONCE, (ALICE,))

    with database.command() as connection:
        first, second = (count_attempts(connection, [budget], secret=SECRET, now=NOW) for _ in range(2))

    assert first.seconds_to_wait == 0
    with pytest.raises(TooManyAttempts):
        second.require()
    assert sign_in(database) == 0


def test_attempts_counted_by_a_clock_that_was_ahead_are_forgotten(database):
    fail(database, 5, now=NOW + DAY)

    assert sign_in(database) == 0


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
        assert drop_expired_attempts(connection, now=NOW + 15 * MINUTE) == 3


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
