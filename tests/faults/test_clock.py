"""Jumps of the clock: order, sign-ins, links and mails."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.application.signing_in import link, sign_in
from tests.cast import PASSWORD, Cast, Clock
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.accounts import InitialPasswordExpired, LinkNotValid, Purpose, TooManyAttempts, find_token
from izarlink_tickets.application import Portal
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.projections.history_queries import timeline

AN_HOUR = timedelta(hours=1)
JUMPS = [
    pytest.param(AN_HOUR, marks=pytest.mark.fault(41), id="an hour"),
    pytest.param(timedelta(days=365 * 12), marks=pytest.mark.fault(42), id="to 2038"),
]


@pytest.fixture
def correct_clock(clock: Clock) -> Callable[[], None]:
    """Return a function that sets the clock back to the test's start."""
    start = clock.now

    def set_back() -> None:
        clock.now = start

    return set_back


@pytest.mark.fault(41, 42)
@pytest.mark.parametrize(
    "at",
    [
        # In Paris, half past two occurs twice that night.
        pytest.param(["2026-10-25T00:30Z", "2026-10-25T01:30Z"], id="autumn"),
        pytest.param(["2026-11-02T09:00Z", "2026-11-02T08:00Z"], id="an hour back"),
        pytest.param(["2038-01-19T04:00Z", "2026-11-02T08:00Z"], id="back from 2038"),
    ],
)
def test_entries_stay_in_the_order_in_which_they_were_written(portal: Portal, cast: Cast, at: list[str]) -> None:
    cast.clock.now = datetime.fromisoformat(at[0])
    number = open_incident(portal, cast)
    cast.clock.now = datetime.fromisoformat(at[1])

    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")

    with portal.database.query() as connection:
        entries = timeline(connection, cast["alice"].actor, number=number).entries
    assert [entry.number for entry in entries] == [1, 2]


@pytest.mark.parametrize("jump", JUMPS)
def test_a_session_is_over_once_the_clock_has_jumped(portal, clock, correct_clock, jump) -> None:
    before = sign_in(portal, clock, "alice@etxea.example")
    clock.advance(seconds=jump.total_seconds())
    ahead = sign_in(portal, clock, "bob@etxea.example")
    found_ahead = portal.sign_ins.visitor(before.session_id, now=clock())

    correct_clock()

    assert (found_ahead, portal.sign_ins.visitor(ahead.session_id, now=clock())) == (None, None)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_link_opens_nothing_once_the_clock_has_jumped(portal, cast, clock, correct_clock, jump) -> None:
    clock.advance(seconds=jump.total_seconds())
    token = link(portal, cast["alice"].id, Purpose.RESET, clock)

    correct_clock()

    with portal.database.query() as connection, pytest.raises(LinkNotValid):
        find_token(connection, token=token, purpose=Purpose.RESET, now=clock())


@pytest.mark.parametrize("jump", JUMPS)
def test_an_initial_password_opens_nothing_once_the_clock_has_jumped(portal, cast, clock, correct_clock, jump) -> None:
    clock.advance(seconds=jump.total_seconds())
    _, initial = portal.accounts.renew_password_without_mail(cast.context("root"), email="alice@etxea.example")

    correct_clock()

    with pytest.raises(InitialPasswordExpired):
        sign_in(portal, clock, "alice@etxea.example", initial)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_correction_of_the_clock_ends_a_lock(portal, clock, correct_clock, jump) -> None:
    clock.advance(seconds=jump.total_seconds())
    fail_to_sign_in(portal, clock, times=5)
    with pytest.raises(TooManyAttempts):
        sign_in(portal, clock, "alice@etxea.example", PASSWORD)

    correct_clock()

    assert sign_in(portal, clock, "alice@etxea.example", PASSWORD)


@pytest.mark.parametrize("jump", JUMPS)
def test_mails_go_out_once_the_clock_is_right_again(portal, cast, clock, correct_clock, jump) -> None:
    clock.advance(seconds=jump.total_seconds())
    open_incident(portal, cast)
    defer_the_first_and_lease_the_second(portal, clock)

    correct_clock()
    portal.housekeeping.run(clock())
    clock.advance(seconds=outbox.LEASE_SECONDS)

    with portal.database.command() as connection:
        assert len(outbox.lease(connection, now=clock())) == 3


def fail_to_sign_in(portal: Portal, clock: Clock, *, times: int) -> None:
    for _ in range(times):
        with pytest.raises(WrongCredentials):
            sign_in(portal, clock, "alice@etxea.example", "faux")


def defer_the_first_and_lease_the_second(portal: Portal, clock: Clock) -> None:
    with portal.database.command() as connection:
        (first,) = outbox.lease(connection, now=clock(), limit=1)
        outbox.schedule_retry(connection, first, now=clock(), answer="451 4.3.0 try later")
        outbox.lease(connection, now=clock(), limit=1)
