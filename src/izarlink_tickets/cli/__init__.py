"""The command line, in English: one thin command per use case.

The environment and the clock are read here and nowhere below.
"""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    arguments: without the program's name; by default those of the process.
    """
    # What the portal writes is its own, whatever the mode of the folder: the database and its journals, too.
    os.umask(0o077)
    try:
        with no_garbage_collection():
            from izarlink_tickets.cli.program import run  # noqa: PLC0415 - inside the block, which is its point
    except KeyboardInterrupt:
        return 1

    return run(arguments)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Disable garbage collection inside the block.

    Modules create objects that stay; searching them again and again takes 15 % of a start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
