"""Retries after conflicts and lost answers to COMMIT."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError

from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, with_retries
from izarlink_tickets.database.retries import ATTEMPTS
from izarlink_tickets.event_store import VersionTaken

ENDED = DatabaseUnreachable("ended", was_connected=True)
LOST, AWAY, BUSY = CommitUnknown("lost"), DatabaseUnreachable("away"), DatabaseBusy("busy")
CONFLICT = IntegrityError("INSERT", {}, Exception("taken"))


def outcome_of(*events: Exception | str) -> str | type[Exception]:
    """Run an attempt that meets these events; return how it ends."""
    remaining = iter(events)

    def attempt() -> str:
        event = next(remaining)
        if isinstance(event, Exception):
            raise event
        return event

    try:
        return with_retries(attempt)
    except (CommitUnknown, DatabaseBusy, DatabaseUnreachable) as error:
        return type(error)


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ((CONFLICT, "stored"), "stored"),
        ((VersionTaken(), "stored"), "stored"),
        ((LOST, "stored"), "stored"),
        ((AWAY,), DatabaseUnreachable),
        ((ENDED, "stored"), "stored"),
        ((ENDED, ENDED), DatabaseUnreachable),
        ((ENDED, AWAY), DatabaseUnreachable),
        ((LOST, ENDED, "stored"), "stored"),
        ((LOST, ENDED, AWAY), CommitUnknown),
        ((LOST, AWAY), CommitUnknown),
        ((LOST, BUSY), CommitUnknown),
        # The conflict was the database's own answer: what was in doubt is known not to be stored.
        ((LOST, CONFLICT, AWAY), DatabaseUnreachable),
        ((LOST, VersionTaken(), BUSY), DatabaseBusy),
        ((LOST, CONFLICT, LOST, BUSY), CommitUnknown),
        ((VersionTaken(),) * ATTEMPTS, DatabaseBusy),
    ],
)
def test_doubt_lasts_until_the_database_answers(
    events: tuple[Exception | str, ...], outcome: str | type[Exception]
) -> None:
    assert outcome_of(*events) == outcome


def test_an_error_nobody_expects_goes_out_at_once() -> None:
    calls: list[int] = []

    def attempt() -> Callable[[], None]:
        calls.append(1)
        raise KeyError

    with pytest.raises(KeyError):
        with_retries(attempt)

    assert len(calls) == 1
