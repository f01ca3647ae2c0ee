"""People who write on tickets and send each command again until it is answered, while something is broken."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS
from tests.faults.progress import Progress
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull

WRITERS = 2
ANSWERS_BETWEEN = 5
PAUSE_SECONDS = 0.01
# What a page answers with « Réessayez ».
PASSING = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull)


def write_while(break_it: Callable[[], object], portal: Portal, cast: Cast, *, times: int) -> list[list[int]]:
    """Let two people write while it is broken so many times; give the entries that each was answered."""
    numbers = [open_incident(portal, cast) for _ in range(WRITERS)]
    progress = Progress()

    def write(number: int) -> list[int]:
        entries = []
        while not progress.is_over:
            entries.append(follow_up_until_answered(portal, cast, number))
            progress.advance()
        return entries

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in numbers]
        try:
            for _ in range(times):
                progress.wait_for(more=ANSWERS_BETWEEN)
                break_it()
            progress.wait_for(more=ANSWERS_BETWEEN)
        finally:
            progress.end()
    return [writer.result() for writer in writers]


def follow_up_until_answered(portal: Portal, cast: Cast, number: int) -> int:
    context, deadline = cast.context("alice"), time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return portal.tickets.add_follow_up(context, number=number, text="Toujours lent.").entry
        except PASSING:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
