"""COMMITs without an answer: the command is repeated, and runs once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from tests.cast import Cast
from tests.faults.proxy import ProxiedPortal, open_proxied_portal
from tests.openings import open_incident

from izarlink_tickets.application import CommandResult, Portal
from izarlink_tickets.application.transaction import Transaction
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings
from izarlink_tickets.database import CommitUnknown
from izarlink_tickets.domain.vocabulary import CommandContext

# In the suite, and in a long run.
ROUNDS = (8, 200)
FILE = Upload("mesure.txt", b"2 Mbit/s")

# SQLite is a file, without a connection that could be cut.
pytestmark = pytest.mark.parametrize("stage", ["postgresql"], indirect=True)


@pytest.fixture(
    params=[pytest.param("before", marks=pytest.mark.fault(34)), pytest.param("after", marks=pytest.mark.fault(35))]
)
def proxied(request: pytest.FixtureRequest, settings: Settings) -> Iterator[ProxiedPortal]:
    with open_proxied_portal(settings, cut=request.param) as proxied:
        yield proxied


@pytest.fixture
def times(rounds: Callable[[int, int], int]) -> int:
    return rounds(*ROUNDS)


def follow_up(proxied: ProxiedPortal, context: CommandContext, *, number: int) -> CommandResult:
    proxied.cut_at_commit(1)
    return proxied.portal.tickets.add_follow_up(context, number=number, text="Toujours lent.")


def resolve(proxied: ProxiedPortal, context: CommandContext, *, number: int) -> CommandResult:
    proxied.cut_at_commit(1)
    return proxied.portal.tickets.resolve(context, number=number, solution="L’optique a été remplacée.")


def open_with_file(proxied: ProxiedPortal, cast: Cast, *, commit: int) -> int:
    proxied.cut_at_commit(commit)
    return open_incident(proxied.portal, cast, uploads=[FILE])


def test_a_follow_up_runs_once_although_its_commit_was_lost(
    proxied: ProxiedPortal, portal: Portal, cast: Cast, times: int
) -> None:
    number = open_incident(portal, cast)

    answers = [follow_up(proxied, cast.context("alice"), number=number) for _ in range(times)]

    assert [answer.entry for answer in answers] == list(range(2, times + 2))
    assert proxied.cuts == times


def test_a_resolution_whose_commit_was_lost_is_no_conflict(
    proxied: ProxiedPortal, portal: Portal, cast: Cast, times: int
) -> None:
    numbers = [open_incident(portal, cast) for _ in range(times)]

    answers = [resolve(proxied, cast.context("sam"), number=number) for number in numbers]

    assert [(answer.number, answer.entry) for answer in answers] == [(number, 2) for number in numbers]
    assert proxied.cuts == times


@pytest.mark.parametrize("commit", [1, 2], ids=["of the file's key", "of the ticket"])
def test_a_ticket_with_a_file_is_opened_once_although_a_commit_was_lost(
    proxied: ProxiedPortal, portal: Portal, cast: Cast, commit: int, times: int
) -> None:
    numbers = [open_with_file(proxied, cast, commit=commit) for _ in range(times)]

    assert numbers == list(range(1, times + 1))
    assert proxied.cuts == times


def test_a_commit_is_unknown_while_the_database_stays_away(proxied: ProxiedPortal, portal: Portal, cast: Cast) -> None:
    number, context = open_incident(portal, cast), cast.context("alice")
    proxied.cut_for_good()

    with pytest.raises(CommitUnknown):
        proxied.portal.tickets.add_follow_up(context, number=number, text="Toujours lent.")

    answer = portal.tickets.add_follow_up(context, number=number, text="Toujours lent.")
    assert answer.entry == 2


@pytest.mark.fault(43)
def test_a_twin_that_commits_between_look_up_and_decision_is_no_conflict(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, context = open_incident(portal, cast), cast.context("sam")
    resolve = partial(portal.tickets.resolve, context, number=number, solution="L’optique a été remplacée.")
    load = Transaction.load

    def load_after_the_twin(transaction: Transaction, number: int, context: CommandContext):
        monkeypatch.setattr(Transaction, "load", load)
        with ThreadPoolExecutor(1) as other_worker:
            other_worker.submit(resolve).result()
        return load(transaction, number, context)

    monkeypatch.setattr(Transaction, "load", load_after_the_twin)

    answer = resolve()

    assert (answer.entry, answer.is_repeated) == (2, True)
