"""Reminders and automatic closing bind on what reached whom."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update
from tests.application.due_tickets import (
    closing_day,
    deliver,
    recorded_by_portal,
    reminders,
    run_for,
    waiting_incident,
)
from tests.cast import Cast
from tests.openings import open_incident, resolved_incident

from izarlink_tickets.accounts import Preferences, accounts
from izarlink_tickets.application import Portal, due_work, open_portal
from izarlink_tickets.application.working_days import WorkingCalendar
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.mail_hold import hold_mails, release_mails
from izarlink_tickets.outbox import MailStatus, list_messages, outbox
from izarlink_tickets.projections.history_queries import timeline
from izarlink_tickets.projections.ticket_queries import TicketRow, find_ticket, list_tickets
from izarlink_tickets.web.desk.views import VIEWS

# The tests begin on Monday 2 November at 8:00 UTC. Wednesday 11 November is a holiday in France.
ON_SQLITE = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Let a solution be closed after a week."""
    return settings.model_copy(update={"auto_close_days": 7})


@contextmanager
def portal_with(settings: Settings, **changes: Any) -> Iterator[Portal]:
    """Open the portal again under other settings."""
    changed = open_portal(settings.model_copy(update=changes), load_keys(settings))
    yield changed
    changed.database.close()


def close_account(portal: Portal, cast: Cast, name: str) -> None:
    with portal.database.command() as connection:
        connection.execute(update(accounts).where(accounts.c.id == cast[name].id).values(active=False))


def ticket_in(portal: Portal, cast: Cast, number: int) -> TicketRow:
    with portal.database.query() as connection:
        ticket = find_ticket(connection, cast["sam"].actor, number=number)
    assert ticket
    return ticket


def silent_tickets(portal: Portal, cast: Cast) -> list[int]:
    view = VIEWS["sans-reponse"]
    with portal.database.query() as connection:
        sam = cast["sam"].actor
        page = list_tickets(connection, sam, filtered=view.filter_for(sam), order=view.order)
    return [row.number for row in page.rows]


def mails_to(portal: Portal, cast: Cast, name: str, *, about: str) -> int:
    """Count the mails to this person about this event."""
    with portal.database.query() as connection:
        messages = list_messages(connection, outbox.c.account_id == cast[name].id)
        numbers = {message.number for message in messages if message.number}
        entries = {
            (number, entry.number)
            for number in numbers
            for entry in timeline(connection, cast["ada"].actor, number=number).entries
            if entry.steps[0].event == about
        }
    return sum((message.number, message.entry) in entries for message in messages)


# --- what was announced -----------------------------------------------------------------------------------------------


def test_a_reminder_of_before_closing_was_switched_on_closes_nothing(
    portal: Portal, cast: Cast, settings: Settings
) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    with portal_with(settings, auto_close_days=0) as before:
        run_for(before, cast, days=20)

    run_for(portal, cast, days=0.5)
    named = reminders(portal, cast, number)
    run_for(portal, cast, days=10)

    # On Sunday 22 nobody is reminded; the second reminder of Monday leaves two days.
    assert named == [None]
    assert reminders(portal, cast, number) == [None, "2026-11-25"]
    assert closing_day(portal, cast, number) == "2026-11-25"
    assert portal.read_models.differences() == []


def test_a_lowered_delay_closes_no_earlier_than_the_mail_said(portal: Portal, cast: Cast, settings: Settings) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    with portal_with(settings, auto_close_days=30) as before:
        run_for(before, cast, days=9)

    with portal_with(settings, auto_close_days=10) as after:
        run_for(after, cast, days=30)

    assert reminders(portal, cast, number) == ["2026-12-02"]
    assert closing_day(portal, cast, number) == "2026-12-02"


@ON_SQLITE
def test_a_raised_delay_keeps_the_day_that_the_mail_said(portal: Portal, cast: Cast, settings: Settings) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=8)

    with portal_with(settings, auto_close_days=60) as after:
        run_for(after, cast, days=30)

    assert reminders(portal, cast, number) == [closing_day(portal, cast, number)] == ["2026-11-12"]


@ON_SQLITE
def test_nothing_closes_once_closing_is_switched_off(portal: Portal, cast: Cast, settings: Settings) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=8)

    with portal_with(settings, auto_close_days=0) as after:
        run_for(after, cast, days=30)

    assert recorded_by_portal(portal, cast, number) == ["ReminderSent", "SilenceReported"]


@ON_SQLITE
def test_the_day_stands_on_the_ticket_until_somebody_writes(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=8)
    announced = ticket_in(portal, cast, number).closes_on

    portal.tickets.add_follow_up(cast.context("sam"), number=number, text="Nous regardons encore.")

    assert (announced, ticket_in(portal, cast, number).closes_on) == ("2026-11-12", None)


# --- what has left ----------------------------------------------------------------------------------------------------


def test_due_work_pauses_while_mails_are_held(portal: Portal, cast: Cast) -> None:
    reminded, number = resolved_incident(portal, cast), open_incident(portal, cast)
    until = cast.clock.now + timedelta(days=3)
    portal.tickets.hold(cast.context("sam"), number=number, reason="L’opérateur répare.", until=until)
    deliver(portal, cast)
    run_for(portal, cast, days=0.5)
    with portal.database.command() as connection:
        hold_mails(connection, now=cast.clock.now, reason="after a restore")

    run_for(portal, cast, days=30, status=None)
    held = [recorded_by_portal(portal, cast, each) for each in (reminded, number)]
    with portal.database.command() as connection:
        release_mails(connection)
    run_for(portal, cast, days=1, status=None)

    assert held == [[], []]
    assert recorded_by_portal(portal, cast, number) == ["Resumed"]
    assert recorded_by_portal(portal, cast, reminded) == ["ReminderSent"]


@pytest.mark.parametrize("waiting", [resolved_incident, waiting_incident])
def test_nothing_is_counted_from_a_mail_that_waits(
    portal: Portal, cast: Cast, waiting: Callable[[Portal, Cast], int]
) -> None:
    number = waiting(portal, cast)

    run_for(portal, cast, days=30, status=None)
    before = recorded_by_portal(portal, cast, number)
    deliver(portal, cast)
    run_for(portal, cast, days=30, status=None)

    assert before == []
    assert recorded_by_portal(portal, cast, number) == ["ReminderSent"]


@ON_SQLITE
def test_tickets_that_wait_for_a_mail_keep_no_others_waiting(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due_work, "BATCH", 1)
    blocked = waiting_incident(portal, cast)
    cast.clock.advance(minutes=1)
    number = waiting_incident(portal, cast)
    with portal.database.command() as connection:
        of_other = (outbox.c.number == number, outbox.c.status == MailStatus.WAITING.value)
        sent = {"status": MailStatus.SENT.value, "finished_at": cast.clock.now}
        connection.execute(update(outbox).where(*of_other).values(sent))

    run_for(portal, cast, days=3, status=None)

    assert recorded_by_portal(portal, cast, blocked) == []
    assert recorded_by_portal(portal, cast, number) == ["ReminderSent"]


def test_the_notice_counts_from_the_reminder_that_left(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=8, status=None)
    (named,) = reminders(portal, cast, number)
    assert named
    # It leaves on the evening before the named day, a Wednesday's eve: as late as a mail may still name it.
    cast.clock.now = cast.clock.now.replace(day=date.fromisoformat(named).day - 1, hour=15)
    deliver(portal, cast)

    run_for(portal, cast, days=30, status=None)

    assert (named, closing_day(portal, cast, number)) == ("2026-11-12", "2026-11-13")


def test_a_reminder_that_left_too_late_is_sent_again_with_a_later_day(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=10, status=None)
    deliver(portal, cast, status=MailStatus.CANCELLED)

    run_for(portal, cast, days=30)

    first, second = reminders(portal, cast, number)
    assert first
    assert second
    assert first < second
    assert second == closing_day(portal, cast, number)


@pytest.mark.parametrize("status", [MailStatus.FAILED, MailStatus.FILED, MailStatus.WRITTEN_OFF])
def test_a_reminder_that_reached_nobody_closes_nothing_and_support_is_told(
    portal: Portal, cast: Cast, status: MailStatus
) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)

    run_for(portal, cast, days=40, status=status)

    assert recorded_by_portal(portal, cast, number) == ["ReminderSent", "SilenceReported"]
    assert silent_tickets(portal, cast) == [number]


# --- whom it reached --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 8], ids=["before the reminder", "after the reminder"])
@pytest.mark.parametrize("waiting", [resolved_incident, waiting_incident])
def test_nothing_closes_where_the_requesters_account_is_closed(
    portal: Portal, cast: Cast, waiting: Callable[[Portal, Cast], int], days: int
) -> None:
    number = waiting(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=days)
    close_account(portal, cast, "alice")

    run_for(portal, cast, days=30)

    assert recorded_by_portal(portal, cast, number)[-1] == "SilenceReported"
    assert "AutoClosed" not in recorded_by_portal(portal, cast, number)
    assert silent_tickets(portal, cast) == [number]
    assert mails_to(portal, cast, "sam", about="SilenceReported") == 1


def test_the_wait_begins_anew_for_another_requester(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=9)
    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["carol"].id)
    deliver(portal, cast)

    run_for(portal, cast, days=4)
    in_between = recorded_by_portal(portal, cast, number)
    run_for(portal, cast, days=30)

    assert in_between == ["ReminderSent"]
    assert reminders(portal, cast, number) == ["2026-11-12", "2026-11-18"]
    assert closing_day(portal, cast, number) == "2026-11-18"
    assert mails_to(portal, cast, "carol", about="ReminderSent") == 1
    assert portal.read_models.differences() == []


def test_another_requester_of_a_question_is_reminded_too(portal: Portal, cast: Cast) -> None:
    number = waiting_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=9)
    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["carol"].id)
    deliver(portal, cast)

    run_for(portal, cast, days=9)

    expected = ["ReminderSent", "SilenceReported"]
    assert recorded_by_portal(portal, cast, number) == expected + expected


# --- where and when they read -----------------------------------------------------------------------------------------


def moments_of(portal: Portal, cast: Cast, number: int, event: str) -> list[datetime]:
    """Return when the portal recorded such events."""
    with portal.database.query() as connection:
        entries = timeline(connection, cast["ada"].actor, number=number).entries
    return [entry.at for entry in entries if entry.steps[0].event == event]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea"])
def test_a_reader_is_reminded_in_the_hours_of_their_zone(
    portal: Portal, cast: Cast, settings: Settings, zone: str
) -> None:
    portal.profiles.save_preferences(cast["alice"].id, preferences=Preferences(timezone=zone))
    number = resolved_incident(portal, cast)
    deliver(portal, cast)

    run_for(portal, cast, days=14)

    calendar = WorkingCalendar(region=settings.holidays, hours=settings.working_hours)
    acts = [
        moment.astimezone(ZoneInfo(zone))
        for event in ("ReminderSent", "AutoClosed")
        for moment in moments_of(portal, cast, number, event)
    ]
    (named,) = reminders(portal, cast, number)
    reminded, closed = acts
    assert [calendar.opens_at(moment, timezone=zone) for moment in acts] == acts
    assert closed.date().isoformat() == named
    assert closed - reminded >= timedelta(days=2)


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        # After five days is Saturday the 7th. The portal looks at 9:00, 13:00 and 17:00 in Paris.
        pytest.param({}, ("2026-11-09T09", "2026-11-12"), id="usual"),
        pytest.param({"holidays": None}, ("2026-11-09T09", "2026-11-11"), id="no holidays"),
        pytest.param({"working_hours": (14, 18)}, ("2026-11-09T17", "2026-11-12"), id="in the afternoon"),
        pytest.param({"working_hours": (0, 24)}, ("2026-11-09T01", "2026-11-12"), id="day and night"),
    ],
)
def test_the_settings_of_working_time_bind(
    portal: Portal, cast: Cast, settings: Settings, changes: dict[str, Any], expected: tuple[str, str]
) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)

    with portal_with(settings, **changes) as changed:
        run_for(changed, cast, days=8)

    (moment,) = moments_of(portal, cast, number, "ReminderSent")
    (named,) = reminders(portal, cast, number)
    assert (moment.astimezone(ZoneInfo("Europe/Paris")).isoformat()[:13], named) == expected


# --- who is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("waiting", "about", "is_listed"),
    [(waiting_incident, "SilenceReported", True), (resolved_incident, "AutoClosed", False)],
)
def test_the_technician_is_told(
    portal: Portal, cast: Cast, waiting: Callable[[Portal, Cast], int], about: str, is_listed: bool
) -> None:
    number = waiting(portal, cast)
    deliver(portal, cast)

    run_for(portal, cast, days=20)

    assert mails_to(portal, cast, "sam", about=about) == 1
    assert (silent_tickets(portal, cast) == [number]) is is_listed


@ON_SQLITE
@pytest.mark.parametrize("person", ["alice", "bob"])
def test_an_answer_takes_the_ticket_off_the_list_of_the_silent(portal: Portal, cast: Cast, person: str) -> None:
    number = waiting_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=20)

    portal.tickets.add_follow_up(cast.context(person), number=number, text="Le rouge.")

    assert silent_tickets(portal, cast) == []
    assert portal.read_models.differences() == []


# --- a wrong clock ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("waiting", [resolved_incident, waiting_incident])
def test_waits_begun_in_2038_are_repaired(portal: Portal, cast: Cast, waiting: Callable[[Portal, Cast], int]) -> None:
    start = cast.clock.now
    cast.clock.advance(days=12 * 365)
    number = waiting(portal, cast)
    cast.clock.now = start
    open_incident(portal, cast)
    deliver(portal, cast)

    repaired = [portal.due_work.repair_clock_skew(cast.clock.advance(seconds=15)) for _ in range(2)]
    run_for(portal, cast, days=10)

    assert repaired == [1, 0]
    assert recorded_by_portal(portal, cast, number)[:2] == ["WaitRestarted", "ReminderSent"]
    assert portal.read_models.differences() == []


def test_a_reminder_sent_in_2038_is_repaired(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    deliver(portal, cast)
    start = cast.clock.now
    # A Tuesday.
    portal.due_work.run(cast.clock.advance(days=12 * 365 + 3))
    cast.clock.now = start
    open_incident(portal, cast)
    deliver(portal, cast)

    portal.due_work.repair_clock_skew(cast.clock.advance(seconds=15))
    run_for(portal, cast, days=30)

    expected = ["ReminderSent", "WaitRestarted", "ReminderSent", "AutoClosed"]
    assert recorded_by_portal(portal, cast, number) == expected
    assert closing_day(portal, cast, number) == "2026-11-12"


@ON_SQLITE
def test_a_clock_that_was_set_back_restarts_nothing(portal: Portal, cast: Cast) -> None:
    number = waiting_incident(portal, cast)
    deliver(portal, cast)
    run_for(portal, cast, days=4)

    repaired = portal.due_work.repair_clock_skew(cast.clock.now - timedelta(days=3000))

    assert repaired == 0
    assert "WaitRestarted" not in recorded_by_portal(portal, cast, number)
