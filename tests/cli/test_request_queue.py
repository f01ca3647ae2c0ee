"""The queue of the web worker: requests beside long computations."""

from collections.abc import Callable
from threading import Event

import pytest

from izarlink_tickets.cli.web_worker import RequestQueue
from izarlink_tickets.cpu_bound import cpu_bound

PATIENCE_SECONDS = 30.0
Answer = Callable[[], None]


def queue_of(*, threads: int) -> RequestQueue:
    """Return a queue of functions in place of connections."""
    return RequestQueue(lambda answer: answer(), lambda: None, threads=threads)  # type: ignore[operator]


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("computing", [1, 8])
def test_a_request_waits_for_no_computation(threads: int, computing: int):
    queue, is_page_done, ends = queue_of(threads=threads), Event(), [Event() for _ in range(computing)]

    def compute(end: Event) -> None:
        with cpu_bound():
            assert is_page_done.wait(PATIENCE_SECONDS)
        end.set()

    for end in ends:
        queue.put(lambda end=end: compute(end))  # type: ignore[arg-type]
    queue.put(is_page_done.set)  # type: ignore[arg-type]

    assert is_page_done.wait(PATIENCE_SECONDS)
    assert all(end.wait(PATIENCE_SECONDS) for end in ends)


def test_one_computation_runs_at_once():
    queue, running, most, ends = queue_of(threads=4), [0], [0], [Event() for _ in range(8)]

    def compute(end: Event) -> None:
        with cpu_bound():
            running[0] += 1
            most[0] = max(most[0], running[0])
            Event().wait(0.005)
            running[0] -= 1
        end.set()

    for end in ends:
        queue.put(lambda end=end: compute(end))  # type: ignore[arg-type]

    assert all(end.wait(PATIENCE_SECONDS) for end in ends)
    assert most == [1]
