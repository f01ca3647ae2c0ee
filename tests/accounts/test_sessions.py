"""Sessions live in a table: idle, absolute and sudden ends."""

from dataclasses import replace

import pytest
from tests.accounts.moments import HOUR, MINUTE, NOW, SECOND

from izarlink_tickets.accounts import change_contact, deactivate
from izarlink_tickets.sessions import (
    devices_of,
    drop_expired_sessions,
    end_device,
    end_session,
    end_sessions,
    find_session,
    renew_session,
    start_session,
    touch_session,
)
from izarlink_tickets.sessions.session import SignInStep, SignInWay, sessions


def begin(database, account, *, now=NOW, user_agent="Firefox") -> str:
    with database.command() as connection:
        return start_session(connection, account_id=account.id, user_agent=user_agent, now=now, proved_at=now)


def find(database, session_id, *, now=NOW):
    with database.query() as connection:
        return find_session(connection, session_id=session_id, now=now)


def touch(database, session_id, *moments) -> None:
    for now in moments:
        with database.command() as connection:
            touch_session(connection, seen(connection, session_id, now=now), now=now)


def seen(connection, session_id, *, now):
    return find_session(connection, session_id=session_id, now=now)


@pytest.fixture
def signed_in(database, alice) -> str:
    return begin(database, alice)


def test_a_session_says_whose_it_is(database, alice, signed_in):
    session = find(database, signed_in)

    assert session.account == alice
    assert (session.began_at, session.last_seen_at) == (NOW, NOW)


@pytest.mark.cve("CVE-2026-27637")
def test_each_sign_in_has_an_id_of_256_random_bits(database, alice, signed_in):
    assert len(signed_in) == 43
    assert begin(database, alice) != signed_in


@pytest.mark.cve("CVE-2024-50339")
def test_the_table_does_not_hold_the_cookie_s_secret(database, signed_in):
    with database.query() as connection:
        stored = connection.execute(sessions.select()).one()

    assert signed_in not in repr(stored)
    assert find(database, stored.id_hash) is None


@pytest.mark.parametrize("session_id", ["", "%", "\x00", "\ud800", "a" * 43, "a" * 100_000])
def test_an_unknown_id_finds_no_session(database, signed_in, session_id):
    assert find(database, session_id) is None


def test_half_an_hour_of_idleness_ends_a_session(database, signed_in):
    assert find(database, signed_in, now=NOW + 30 * MINUTE - SECOND)
    assert find(database, signed_in, now=NOW + 30 * MINUTE) is None


def test_a_session_that_is_seen_lives_on_for_twelve_hours_at_most(database, signed_in):
    touch(database, signed_in, *(NOW + 25 * MINUTE * step for step in range(29)))

    assert find(database, signed_in, now=NOW + 12 * HOUR - SECOND)
    assert find(database, signed_in, now=NOW + 12 * HOUR) is None


def test_a_session_is_written_once_a_minute_at_most(database, signed_in):
    session = find(database, signed_in)

    assert not session.is_due(NOW + MINUTE - SECOND)
    assert session.is_due(NOW + MINUTE)


def test_a_touch_moves_the_end_of_idleness(database, signed_in):
    touch(database, signed_in, NOW + 20 * MINUTE)

    assert find(database, signed_in, now=NOW + 45 * MINUTE).last_seen_at == NOW + 20 * MINUTE


def test_after_sign_out_the_old_cookie_is_dead(database, alice, signed_in):
    other = begin(database, alice)

    with database.command() as connection:
        end_session(connection, session_id=signed_in)

    assert find(database, signed_in) is None
    assert find(database, other)


def test_a_deactivated_account_is_signed_out_at_once(database, alice, signed_in):
    with database.command() as connection:
        deactivate(connection, account_id=alice.id)

    assert find(database, signed_in) is None


def test_all_other_sessions_of_a_person_can_be_ended(database, alice, bob, signed_in):
    other, bobs = begin(database, alice), begin(database, bob)

    with database.command() as connection:
        end_sessions(connection, account_id=alice.id, except_id=signed_in)

    assert find(database, signed_in)
    assert find(database, other) is None
    assert find(database, bobs)


def test_all_sessions_of_a_person_can_be_ended(database, alice, signed_in):
    with database.command() as connection:
        end_sessions(connection, account_id=alice.id)

    assert find(database, signed_in) is None


def test_a_person_sees_the_own_living_sessions_latest_first(database, alice, bob, signed_in):
    begin(database, bob)
    begin(database, alice, user_agent="Lynx", now=NOW + 20 * MINUTE)

    with database.query() as connection:
        both = devices_of(connection, account_id=alice.id, now=NOW + 20 * MINUTE)
        later = devices_of(connection, account_id=alice.id, now=NOW + 31 * MINUTE)

    assert [device.user_agent for device in both] == ["Lynx", "Firefox"]
    assert [device.user_agent for device in later] == ["Lynx"]
    assert signed_in not in {device.handle for device in both}


def test_a_person_can_end_their_own_sessions_alone(database, alice, bob, signed_in):
    with database.command() as connection:
        [device] = devices_of(connection, account_id=alice.id, now=NOW)
        end_device(connection, account_id=bob.id, handle=device.handle)
        still_there = find_session(connection, session_id=signed_in, now=NOW)
        end_device(connection, account_id=alice.id, handle=device.handle)

    assert still_there
    assert find(database, signed_in) is None


def test_the_browsers_name_is_kept_short_and_printable(database, alice):
    begin(database, alice, user_agent="Fire\r\nfox\x00 " + "a" * 10_000)

    with database.query() as connection:
        [device] = devices_of(connection, account_id=alice.id, now=NOW)

    assert device.user_agent.startswith("Fire fox aaa")
    assert len(device.user_agent) <= 200


def test_dead_sessions_can_be_thrown_away(database, alice, signed_in):
    fresh = begin(database, alice, now=NOW + 20 * MINUTE)

    with database.command() as connection:
        assert drop_expired_sessions(connection, now=NOW + 30 * MINUTE) == 1

    assert find(database, fresh, now=NOW + 30 * MINUTE)


def test_a_session_knows_the_account_as_it_is_now(database, alice, signed_in):
    with database.command() as connection:
        change_contact(connection, account_id=alice.id, name="Alice Etxe", phone="")

    assert find(database, signed_in).account == replace(alice, name="Alice Etxe")


def test_a_sign_in_is_a_proof_for_five_minutes(database, signed_in):
    session = find(database, signed_in)

    assert (session.way, session.awaits) == (SignInWay.PASSWORD, None)
    assert session.is_fresh(NOW + 5 * MINUTE - SECOND)
    assert not session.is_fresh(NOW + 5 * MINUTE)


def test_a_proof_of_a_clock_that_was_ahead_is_none(database, alice):
    ahead = begin(database, alice, now=NOW + 5 * MINUTE)

    assert not find(database, ahead, now=NOW).is_fresh(NOW - SECOND)


def test_a_session_from_before_the_proofs_has_none(database, signed_in):
    with database.command() as connection:
        connection.execute(sessions.update().values(proved_at=None))

    assert not find(database, signed_in).is_fresh(NOW)


def test_a_new_proof_renews_the_id_and_not_the_end(database, alice):
    with database.command() as connection:
        old = start_session(
            connection, account_id=alice.id, user_agent="Lynx", now=NOW, awaits=SignInStep.SECOND_FACTOR
        )
    later = NOW + 20 * MINUTE

    with database.command() as connection:
        session = find_session(connection, session_id=old, now=later)
        assert session
        new = renew_session(connection, session, now=later)

    renewed = find(database, new, now=later)
    assert find(database, old, now=later) is None
    assert (renewed.began_at, renewed.last_seen_at, renewed.proved_at) == (NOW, later, later)
    assert renewed.awaits is None


def test_a_session_that_ended_meanwhile_is_not_renewed(database, signed_in):
    session = find(database, signed_in)

    with database.command() as connection:
        end_session(connection, session_id=signed_in)
        new = renew_session(connection, session, now=NOW)

    assert find(database, new) is None


def test_the_eleventh_session_ends_the_oldest_one(database, alice, bob):
    bobs = begin(database, bob)
    opened = [begin(database, alice, now=NOW + SECOND * nth) for nth in range(11)]

    alive = [find(database, session_id, now=NOW + MINUTE) is not None for session_id in opened]

    assert alive == [False] + [True] * 10
    assert find(database, bobs)


def test_sign_ins_that_await_a_second_factor_end_only_each_other(database, alice, signed_in):
    def start(nth: int) -> str:
        with database.command() as connection:
            return start_session(
                connection,
                account_id=alice.id,
                user_agent="Lynx",
                now=NOW + nth * SECOND,
                awaits=SignInStep.SECOND_FACTOR,
            )

    unfinished = [start(nth) for nth in range(1, 12)]

    assert find(database, signed_in)
    assert [bool(find(database, each, now=NOW + MINUTE)) for each in unfinished] == [False] + [True] * 10


def test_a_sign_in_that_awaits_its_second_factor_is_no_device(database, alice, signed_in):
    with database.command() as connection:
        start_session(connection, account_id=alice.id, user_agent="Lynx", now=NOW, awaits=SignInStep.SECOND_FACTOR)
        devices = devices_of(connection, account_id=alice.id, now=NOW)

    assert [device.user_agent for device in devices] == ["Firefox"]
