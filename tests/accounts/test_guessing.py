"""Guesses by the hundred thousand, with a simulated clock."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

import pytest

from izarlink_tickets.accounts import Admission, AttemptSource, Limit
from izarlink_tickets.accounts.throttle import decide

GUESSES, ADDRESSES = 100_000, 1_000
QUARTER_SECONDS = 900
# Of the release before: ten for an account, 49 from an address.
MOST_PER_ACCOUNT, MOST_PER_ADDRESS = 10, 49
ALICE = "alice@etxea.example"


class Throttle:
    """The limits over lists in memory."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, ...], list[float]] = defaultdict(list)
        # A guess must take microseconds, and an attempt's subjects are always the same.
        self._of_source: dict[int, tuple[list[Limit], list[list[float]]]] = {}

    def judge(self, source: AttemptSource, now: float) -> Admission:
        limits, lists = self._of_source.get(id(source)) or self._prepare(source)
        for times in lists:
            while times and times[0] <= now - QUARTER_SECONDS:
                del times[0]
        return decide(limits, lists, now)

    def admits(self, source: AttemptSource, now: float) -> bool:
        return self.judge(source, now).seconds_to_wait == 0

    def _prepare(self, source: AttemptSource) -> tuple[list[Limit], list[list[float]]]:
        budgets = source.sign_in_budgets()
        lists = [self._times[(budget.limit.name, *budget.parts)] for budget in budgets]
        return self._of_source.setdefault(id(source), ([budget.limit for budget in budgets], lists))


def attackers_of(email: str, addresses: int) -> list[AttemptSource]:
    return [AttemptSource(email, f"10.0.{address >> 8}.{address & 255}") for address in range(addresses)]


def guesses(accounts: int, seconds: float) -> Iterator[tuple[AttemptSource, float]]:
    """Yield guesses at some accounts, spread over the addresses and the time."""
    random = Random(accounts)  # noqa: S311 - no secret
    attackers = [attackers_of(f"{account}@etxea.example", ADDRESSES) for account in range(accounts)]
    for number in range(GUESSES):
        yield random.choice(random.choice(attackers)), seconds * number / GUESSES


def most_within_a_quarter(times: list[float]) -> int:
    return max(sum(time - QUARTER_SECONDS < other <= time for other in times) for time in times)


@pytest.mark.parametrize(("accounts", "seconds"), [(1, 14_400), (20, 600)])
def test_of_100_000_guesses_from_1_000_addresses_none_gets_more_tries_than_before(accounts: int, seconds: float):
    throttle = Throttle()
    of_account, of_address = defaultdict(list), defaultdict(list)

    for source, now in guesses(accounts, seconds):
        if throttle.admits(source, now):
            of_account[source.email].append(now)
            of_address[source.address].append(now)

    assert len(of_account) == accounts
    assert max(map(most_within_a_quarter, of_account.values())) <= MOST_PER_ACCOUNT
    assert max(map(most_within_a_quarter, of_address.values())) <= MOST_PER_ADDRESS


def test_under_an_attack_by_many_a_known_browser_gets_in_at_every_moment():
    throttle = Throttle()
    owner = AttemptSource(ALICE, "192.0.2.1", browser="mark")
    attackers = attackers_of(ALICE, 250)
    admitted = []

    for number in range(9_000):
        throttle.admits(attackers[number % 250], number / 10)
        if number % 1_000 == 0:
            admitted.append(throttle.admits(owner, number / 10))

    assert admitted == [True] * 9


@pytest.mark.parametrize("addresses", [1, 2, 200])
def test_an_unknown_browser_waits_some_minutes_at_most_once_the_attack_rests(addresses: int):
    throttle, attackers = Throttle(), attackers_of(ALICE, addresses)
    for second in range(1_000):
        throttle.admits(attackers[second % addresses], second)
    owner = AttemptSource(ALICE, "198.51.100.7")

    wait = throttle.judge(owner, 1_000).seconds_to_wait

    assert wait <= 450
    assert throttle.admits(owner, 1_000 + wait)


def test_one_attacker_makes_nobody_elsewhere_wait():
    throttle, (attacker,) = Throttle(), attackers_of(ALICE, 1)
    admitted = [throttle.admits(attacker, second) for second in range(40)]

    assert admitted.count(True) == 5
    assert throttle.admits(AttemptSource(ALICE, "198.51.100.7"), 40)
