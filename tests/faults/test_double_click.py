"""The same form sent many times at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS
from tests.faults.commands import COMMANDS, open_two
from tests.faults.invariants import log_of

from izarlink_tickets.application import CommandResult, Portal


@pytest.mark.fault(43)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("clicks", [2, 8])
def test_a_form_that_arrives_many_times_at_once_is_carried_out_once(
    portal: Portal, cast: Cast, command: Callable[..., CommandResult], clicks: int
) -> None:
    open_two(portal, cast)
    context, before, start = cast.context("alice"), len(log_of(portal)), Barrier(clicks)

    def send(_click: int) -> CommandResult:
        start.wait(WAIT_SECONDS)
        return command(portal, context)

    with ThreadPoolExecutor(clicks) as pool:
        answers = list(pool.map(send, range(clicks)))

    assert sorted(answer.is_repeated for answer in answers) == [False, *[True] * (clicks - 1)]
    assert len({(answer.number, answer.entry) for answer in answers}) == 1
    # The command's event and its file's.
    assert len(log_of(portal)) == before + 2
