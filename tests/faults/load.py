"""Load: people who repeat each command until it is answered."""

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
# Pages answer these with « Réessayez ».
TEMPORARY = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull)


def write_during(fault: Callable[[], object], portal: Portal, cast: Cast, *, times: int) -> list[list[int]]:
    """Cause the fault several times while two people write.

    Return the entries in each person's answers.
    """
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
                fault()
            progress.wait_for(more=ANSWERS_BETWEEN)
        finally:
            progress.end()
    return [writer.result() for writer in writers]


def follow_up_until_answered(portal: Portal, cast: Cast, number: int) -> int:
    context, deadline = cast.context("alice"), time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return portal.tickets.add_follow_up(context, number=number, text="Toujours lent.").entry
        except TEMPORARY:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)
