"""Pauses of slow mail domains."""

from datetime import timedelta

import pytest
from tests.cast import Clock

from izarlink_tickets.mailer.domain_pauses import DomainPauses

SLOW, QUICK = 60.0, 0.5


@pytest.fixture
def pauses(clock: Clock) -> DomainPauses:
    return DomainPauses(clock)


def fail_until_resumed(pauses: DomainPauses, clock: Clock) -> timedelta:
    """Fail slowly, advance to the end of the pause, return its length."""
    start = clock()
    pauses.record_failure("alice@etxea.example", seconds=SLOW)
    clock.now = pauses.paused_until("bob@ETXEA.example") or start
    return clock() - start


def test_the_pauses_of_a_domain_grow_to_an_hour(pauses: DomainPauses, clock: Clock):
    lengths = [fail_until_resumed(pauses, clock) for _ in range(5)]

    assert lengths == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60)]


def test_a_delivery_ends_the_pauses_of_its_domain(pauses: DomainPauses, clock: Clock):
    fail_until_resumed(pauses, clock)
    pauses.record_success("alice@etxea.example")

    assert fail_until_resumed(pauses, clock) == timedelta(minutes=1)


def test_a_quick_refusal_pauses_no_domain(pauses: DomainPauses):
    pauses.record_failure("alice@etxea.example", seconds=QUICK)

    assert pauses.paused_until("alice@etxea.example") is None


def test_other_domains_are_not_paused(pauses: DomainPauses):
    pauses.record_failure("alice@etxea.example", seconds=SLOW)

    assert pauses.paused_until("charlie@mendi.example") is None
