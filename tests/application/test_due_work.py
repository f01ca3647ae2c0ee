"""Scheduled work: reminders, automatic closing, the end of a wait."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from structlog.testing import capture_logs
from tests.application.due_tickets import deliver, recorded_by_portal, run_for, waiting_incident
from tests.cast import Cast
from tests.openings import open_incident, resolved_incident

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal, due_work, open_portal
from izarlink_tickets.application.due_work import DueWork
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.event_store import events
from izarlink_tickets.outbox import MailStatus

ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let a solution be closed after a week."""
    return settings.model_copy(update={"auto_close_days": 7})


def held_incident(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    until = cast.clock.now + timedelta(days=3)
    portal.tickets.hold(cast.context("sam"), number=number, reason="L’opérateur répare.", until=until)
    return number


# --- what is due ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "days", "expected"),
    [
        (waiting_incident, 1, []),
        (waiting_incident, 3, ["ReminderSent"]),
        (waiting_incident, 30, ["ReminderSent", "SilenceReported"]),
        (resolved_incident, 4, []),
        (resolved_incident, 8, ["ReminderSent"]),
        (resolved_incident, 30, ["ReminderSent", "AutoClosed"]),
        (held_incident, 2, []),
        (held_incident, 30, ["Resumed"]),
    ],
)
def test_each_wait_ends_once(
    portal: Portal, cast: Cast, waiting: Callable[[Portal, Cast], int], days: int, expected: list[str]
) -> None:
    number = waiting(portal, cast)

    run_for(portal, cast, days=days)

    assert recorded_by_portal(portal, cast, number) == expected
    assert portal.read_models.differences() == []


@ON_SQLITE
def test_the_customer_is_mailed_once(portal: Portal, cast: Cast) -> None:
    number = waiting_incident(portal, cast)
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock.now)

    run_for(portal, cast, days=3, status=None)

    with portal.database.query() as connection:
        messages = outbox.list_messages(connection, outbox.outbox.c.status == MailStatus.WAITING.value)
    assert [(message.account_id, message.number) for message in messages] == [(cast["alice"].id, number)]


@ON_SQLITE
@pytest.mark.parametrize(
    ("person", "after_days", "expected"),
    [
        ("alice", 1, []),
        ("alice", 8, ["ReminderSent"]),
        # A message of support is no answer, but it keeps the ticket open.
        ("sam", 1, ["ReminderSent", "SilenceReported"]),
        ("sam", 8, ["ReminderSent", "SilenceReported"]),
    ],
)
def test_a_message_after_the_solution_keeps_the_ticket_open(
    portal: Portal, cast: Cast, person: str, after_days: int, expected: list[str]
) -> None:
    number = resolved_incident(portal, cast)
    run_for(portal, cast, days=after_days)
    portal.tickets.add_follow_up(cast.context(person), number=number, text="Encore une question.")

    with capture_logs() as logs:
        run_for(portal, cast, days=20)

    assert recorded_by_portal(portal, cast, number) == expected
    assert [line for line in logs if line["event"] == "due_work_not_done"] == []
    assert portal.read_models.differences() == []


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"remind_solution_days": 0, "auto_close_days": 0}, []),
        ({"auto_close_days": 0}, ["ReminderSent", "SilenceReported"]),
        ({"remind_solution_days": 29}, ["ReminderSent"]),
    ],
    ids=["never", "no-closing", "later"],
)
def test_a_changed_delay_applies_from_the_next_run(
    portal: Portal, cast: Cast, settings: Settings, change: dict[str, int], expected: list[str]
) -> None:
    number = resolved_incident(portal, cast)

    changed = open_portal(settings.model_copy(update=change), load_keys(settings))
    run_for(changed, cast, days=30)
    changed.database.close()

    assert recorded_by_portal(portal, cast, number) == expected


# --- once -------------------------------------------------------------------------------------------------------------


def test_many_workers_at_once_do_everything_once(portal: Portal, cast: Cast, settings: Settings) -> None:
    numbers = [waiting_incident(portal, cast) for _ in range(5)]
    deliver(portal, cast)
    now = cast.clock.advance(days=3)
    workers = [DueWork(portal.database, portal.tickets, settings) for _ in range(4)]

    with ThreadPoolExecutor(len(workers)) as threads:
        done = list(threads.map(lambda worker: worker.run(now), workers))

    assert sum(done) == len(numbers)
    assert [recorded_by_portal(portal, cast, number) for number in numbers] == [["ReminderSent"]] * len(numbers)


@ON_SQLITE
def test_a_jumping_clock_repeats_no_work(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)

    for days in (400, -399, 5, 0.5, -0.5):
        deliver(portal, cast)
        portal.due_work.run(cast.clock.advance(days=days))

    assert recorded_by_portal(portal, cast, number) == ["ReminderSent"]


@ON_SQLITE
def test_a_wrong_list_of_deadlines_repeats_no_work(portal: Portal, cast: Cast) -> None:
    number = waiting_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("CREATE TABLE backup AS SELECT * FROM deadlines"))
    deliver(portal, cast)
    now = cast.clock.advance(days=3)
    portal.due_work.run(now)
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM deadlines"))
        connection.execute(text("INSERT INTO deadlines SELECT * FROM backup"))
        connection.execute(text("DROP TABLE backup"))

    done = [portal.due_work.run(now), portal.due_work.run(now)]

    assert done == [0, 0]
    assert recorded_by_portal(portal, cast, number) == ["ReminderSent"]


# --- in measure -------------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_run_does_one_batch_and_the_next_run_the_rest(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_work, "BATCH", 2)
    for _ in range(5):
        waiting_incident(portal, cast)
    deliver(portal, cast)
    now = cast.clock.advance(days=3)

    done = [portal.due_work.run(now) for _ in range(4)]

    assert done == [2, 2, 1, 0]


@ON_SQLITE
def test_an_unreadable_ticket_blocks_no_other_and_is_logged_once(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_work, "BATCH", 1)
    poisoned, sound = waiting_incident(portal, cast), waiting_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(update(events).where(events.c.stream_id == stream_of(poisoned)).values(state=b"{"))
    deliver(portal, cast)
    now = cast.clock.advance(days=3)

    with capture_logs() as logs:
        done = [portal.due_work.run(now) for _ in range(4)]

    assert sum(done) == 1
    assert recorded_by_portal(portal, cast, sound) == ["ReminderSent"]
    logged = [(line["ticket"], line["due"]) for line in logs if line["event"] == "due_work_not_done"]
    assert logged == [(poisoned, "information-reminder")]
