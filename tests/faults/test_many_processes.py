"""Four processes that write on the same five tickets."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import chain, repeat

from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS, forks
from tests.faults.invariants import breaches, log_of, ticket_events
from tests.openings import open_incident

from izarlink_tickets.application import CommandResult, Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.domain.events import FollowUpAdded
from izarlink_tickets.domain.vocabulary import CommandContext

TICKETS = 5
ROUNDS = 10
# Each has a process of their own.
WRITERS = ("alice", "bob", "sam", "nora")

Job = tuple[CommandContext, int]


def write(settings: Settings, jobs: Sequence[Job]) -> list[CommandResult]:
    """Add a follow-up for each job.

    All processes use the tickets in the same order, so that they conflict.
    """
    portal = open_portal(settings, load_keys(settings))
    with closing(portal.database):
        return [portal.tickets.add_follow_up(context, number=number, text="Bonjour.") for context, number in jobs]


def write_all_at_once(settings: Settings, jobs: Sequence[Sequence[Job]]) -> list[CommandResult]:
    """Run each list of jobs in a process; all start together."""
    start = forks.Barrier(len(jobs))
    processes = ProcessPoolExecutor(len(jobs), mp_context=forks, initializer=start.wait, initargs=(WAIT_SECONDS,))
    with processes:
        return list(chain.from_iterable(processes.map(write, repeat(settings), jobs)))


def test_four_processes_on_five_tickets_lose_nothing(portal: Portal, settings: Settings, cast: Cast) -> None:
    numbers = [open_incident(portal, cast) for _ in range(TICKETS)]
    jobs = [[(cast.context(writer), number) for _ in range(ROUNDS) for number in numbers] for writer in WRITERS]

    answers = write_all_at_once(settings, jobs)

    stored = [event for event in ticket_events(log_of(portal)) if isinstance(event, FollowUpAdded)]
    assert sorted(event.command_id for event in stored) == sorted(context.command_id for context, _ in chain(*jobs))
    assert sorted((answer.number, answer.entry) for answer in answers) == sorted(
        (number, entry) for number in numbers for entry in range(2, len(WRITERS) * ROUNDS + 2)
    )
    assert breaches(portal) == []
