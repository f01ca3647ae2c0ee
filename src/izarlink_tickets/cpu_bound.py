"""Computations of tens of milliseconds, beside the pages.

Hashing a password is slow on purpose. One at a time runs in a process, so that many at once leave the pages their
processor, and the server goes on with other requests meanwhile.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from threading import Lock

_ALONE = Lock()
_stepping_aside: ContextVar[Callable[[], AbstractContextManager[None]]] = ContextVar(
    "stepping_aside", default=nullcontext
)


def on_step_aside(stepping_aside: Callable[[], AbstractContextManager[None]]) -> None:
    """Set what this thread's server does around each computation."""
    _stepping_aside.set(stepping_aside)


@contextmanager
def cpu_bound() -> Iterator[None]:
    """Wait for the process's turn, and run the block in it."""
    with _stepping_aside.get()(), _ALONE:
        yield
