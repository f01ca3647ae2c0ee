"""The command line, in English: one thin command per use case.

The environment and the clock are read here and nowhere below.
"""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    arguments: without the program's name; by default those of the process.
    """
    # What the portal writes is its own, whatever the mode of the folder: the database and its journals, too.
    os.umask(0o077)
    try:
        run = _program()
    except KeyboardInterrupt:
        return 1

    return run(arguments)


@cache
def _program() -> Callable[[Sequence[str] | None], int]:
    with no_garbage_collection():
        from izarlink_tickets.cli.program import run  # noqa: PLC0415 - inside the block, which is its point

    return run


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Load modules without garbage collection, and never search what exists afterwards.

    Modules create objects that stay; searching them takes 12 % of a server's start. Loading leaves 0.5 MB of garbage.
    """
    gc.disable()
    try:
        yield
    finally:
        # Otherwise the next collection searches all of them after all, for most of what was saved.
        gc.freeze()
        gc.enable()
