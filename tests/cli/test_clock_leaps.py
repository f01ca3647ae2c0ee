"""The pause of due work after a leap of the clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tests.cast import START

from izarlink_tickets.cli.clock_leaps import SETTLE_SECONDS, LeapGuard


@dataclass
class Machine:
    """A clock, a timer, and the times of the work."""

    now: datetime = START
    seconds: float = 0.0
    worked: list[datetime] = field(default_factory=list)

    def guard(self) -> LeapGuard:
        return LeapGuard(self.worked.append, timer=lambda: self.seconds)

    def go_on(self, seconds: float, *, leap: timedelta = timedelta(0)) -> datetime:
        """Let time go by, and the clock leap besides."""
        self.seconds += seconds
        self.now += timedelta(seconds=seconds) + leap
        return self.now


def test_nothing_is_done_while_the_clock_is_in_2038_for_fifteen_seconds() -> None:
    machine = Machine()
    guard, ahead = machine.guard(), timedelta(days=12 * 365)
    guard(machine.now)

    guard(machine.go_on(10, leap=ahead))
    guard(machine.go_on(10))
    guard(machine.go_on(10, leap=-ahead))
    guard(machine.go_on(SETTLE_SECONDS))

    assert machine.worked == [START, machine.now]


@pytest.mark.parametrize("leap", [timedelta(days=30), timedelta(days=-30)])
def test_work_goes_on_under_a_clock_that_was_set(leap: timedelta) -> None:
    machine = Machine()
    guard = machine.guard()
    guard(machine.now)

    with capture_logs() as logs:
        guard(machine.go_on(10, leap=leap))
        guard(machine.go_on(SETTLE_SECONDS))

    assert machine.worked == [START, machine.now]
    assert [(line["event"], line["seconds"]) for line in logs] == [("clock_leapt", leap.total_seconds())]


@given(st.lists(st.floats(0, 86_400), max_size=20))
def test_a_steady_clock_pauses_nothing(pauses: list[float]) -> None:
    machine = Machine()
    guard = machine.guard()

    for seconds in pauses:
        guard(machine.go_on(seconds))

    assert len(machine.worked) == len(pauses)
