"""The next step of a wait, for any settings and mails."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from izarlink_tickets.application.due_steps import Close, Remind, Report, Resume, Step, Wait, WaitRules, next_step
from izarlink_tickets.application.working_days import WorkingCalendar
from izarlink_tickets.domain.vocabulary import SilenceCause
from izarlink_tickets.domain.waiting import NOTICE
from izarlink_tickets.i18n import day_in
from izarlink_tickets.outbox import MailStatus, TicketMail
from izarlink_tickets.projections.deadline_queries import Deadline
from izarlink_tickets.projections.deadlines import Due

FRANCE = WorkingCalendar(region="FR", hours=(9, 18))
CLOSING_AFTER_A_WEEK, NEVER_CLOSING = WaitRules(7, FRANCE), WaitRules(0, FRANCE)
# Monday 9 November, ten o'clock in Paris. Wednesday is a holiday.
NOW = datetime(2026, 11, 9, 9, tzinfo=UTC)
A_DAY, A_SECOND = timedelta(days=1), timedelta(seconds=1)
SOLVED = Deadline(
    number=1,
    due=Due.SOLUTION_REMINDER,
    version=3,
    waiting_since=NOW - 6 * A_DAY,
    reminded_at=None,
    closes_on=None,
    is_followed_up=False,
    is_solution=True,
    requester_id="alice",
    timezone="Europe/Paris",
    is_reachable=True,
)
REMINDED = replace(SOLVED, due=Due.CLOSING, version=4, reminded_at=NOW - 3 * A_DAY, closes_on=date(2026, 11, 9))
REMINDER_LEFT = TicketMail(4, MailStatus.SENT, NOW - 3 * A_DAY)


def step(deadline: Deadline, *mails: TicketMail, rules: WaitRules = CLOSING_AFTER_A_WEEK, now: datetime = NOW) -> Step:
    return next_step(deadline, mails, rules, now)


# --- examples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "closes_on"),
    [
        # After a week is Tuesday; the notice ends on the holiday.
        pytest.param({}, date(2026, 11, 12), id="solution"),
        pytest.param({"waiting_since": NOW}, date(2026, 11, 16), id="solution-of-today"),
        pytest.param({"is_solution": False}, None, id="question"),
        pytest.param({"is_followed_up": True}, None, id="followed-up"),
        pytest.param({"due": Due.REPORT, "reminded_at": NOW - A_DAY}, date(2026, 11, 12), id="reminded-without-a-day"),
        pytest.param({"closes_on": date(2026, 11, 13)}, date(2026, 11, 16), id="later-than-the-day-named-before"),
    ],
)
def test_a_reminder_names_a_working_day(changes: dict[str, Any], closes_on: date | None) -> None:
    assert step(replace(SOLVED, **changes)) == Remind(closes_on)


def test_without_automatic_closing_a_reminder_names_no_day() -> None:
    assert step(SOLVED, rules=NEVER_CLOSING) == Remind(None)


@pytest.mark.parametrize(
    ("timezone", "until"),
    [
        ("Europe/Paris", None),
        ("America/Martinique", datetime(2026, 11, 9, 13, tzinfo=UTC)),
        ("Indian/Reunion", None),
        ("Pacific/Noumea", datetime(2026, 11, 9, 22, tzinfo=UTC)),
    ],
)
def test_a_reminder_waits_for_the_readers_morning(timezone: str, until: datetime | None) -> None:
    expected = Wait(until) if until else Remind(date(2026, 11, 12))

    assert step(replace(SOLVED, timezone=timezone)) == expected


def test_the_day_is_that_of_the_readers_zone() -> None:
    # Thursday, half past nine in the morning in Nouméa, where the notice ends on Saturday; in Paris on Friday.
    late = datetime(2026, 11, 11, 22, 30, tzinfo=UTC)

    assert step(replace(SOLVED, timezone="Pacific/Noumea"), now=late) == Remind(date(2026, 11, 16))


@pytest.mark.parametrize(
    ("changes", "mails", "expected"),
    [
        pytest.param({}, [REMINDER_LEFT], Close(date(2026, 11, 9)), id="the day has come"),
        pytest.param({"closes_on": date(2026, 11, 10)}, [REMINDER_LEFT], Wait, id="the day has not come"),
        pytest.param({}, [replace(REMINDER_LEFT, finished_at=NOW - NOTICE + A_SECOND)], Wait, id="left late"),
        pytest.param(
            {}, [replace(REMINDER_LEFT, status=MailStatus.CANCELLED)], Remind(date(2026, 11, 12)), id="outdated"
        ),
        pytest.param(
            {}, [replace(REMINDER_LEFT, status=MailStatus.FAILED)], Report(SilenceCause.NOT_DELIVERED), id="failed"
        ),
        pytest.param({}, [], Report(SilenceCause.NOT_DELIVERED), id="no mail"),
        pytest.param(
            {"is_reachable": False}, [REMINDER_LEFT], Report(SilenceCause.ACCOUNT_CLOSED), id="closed account"
        ),
        pytest.param(
            {"due": Due.REPORT, "is_solution": False}, [REMINDER_LEFT], Report(SilenceCause.NO_ANSWER), id="question"
        ),
        pytest.param({}, [REMINDER_LEFT, TicketMail(3, MailStatus.WAITING, None)], Wait, id="the solution waits"),
        pytest.param({"timezone": "America/Martinique"}, [REMINDER_LEFT], Wait, id="Martinique is asleep"),
        pytest.param({"due": Due.RESUMPTION, "is_reachable": False}, [], Resume(), id="a hold ends"),
    ],
)
def test_after_the_reminder(changes: dict[str, Any], mails: list[TicketMail], expected: object) -> None:
    taken = step(replace(REMINDED, **changes), *mails)

    assert taken == expected or type(taken) is expected


def test_once_told_support_is_not_told_again() -> None:
    assert isinstance(step(replace(REMINDED, due=Due.ANNOUNCEMENT, is_reachable=False)), Wait)


# --- for any wait -----------------------------------------------------------------------------------------------------

_ZONES = st.sampled_from(["Europe/Paris", "America/Martinique", "Indian/Reunion", "Pacific/Noumea"])
_AGES = st.timedeltas(timedelta(0), 20 * A_DAY)
_PAST = st.builds(lambda age: NOW - age, _AGES)
_MOMENTS = st.builds(lambda age: NOW + age, _AGES)
_DAYS = st.dates(date(2026, 10, 20), date(2026, 12, 10))
_DEADLINES = st.builds(
    Deadline,
    number=st.just(1),
    due=st.sampled_from([due for due in Due if due not in {Due.NOTHING, Due.RESUMPTION}]),
    version=st.just(4),
    waiting_since=_PAST,
    reminded_at=st.none() | _PAST,
    closes_on=st.none() | _DAYS,
    is_followed_up=st.booleans(),
    is_solution=st.booleans(),
    requester_id=st.just("alice"),
    timezone=_ZONES,
    is_reachable=st.booleans(),
)
_OTHER_MAILS = st.builds(TicketMail, st.sampled_from([3, 5]), st.sampled_from(MailStatus), _PAST)
_MAILS = st.lists(_OTHER_MAILS | st.builds(TicketMail, st.just(4), st.sampled_from(MailStatus), _PAST), max_size=3)
_RULES = st.builds(WaitRules, st.integers(0, 30), st.just(FRANCE))
_UNSENT = st.sampled_from([status for status in MailStatus if status is not MailStatus.SENT])
_NOT_LEFT = st.builds(TicketMail, st.just(4), _UNSENT, _PAST)
_LEFT_LATE = st.builds(
    lambda age: TicketMail(4, MailStatus.SENT, NOW - age), st.timedeltas(timedelta(0), NOTICE - A_SECOND)
)


@given(deadline=_DEADLINES, others=st.lists(_OTHER_MAILS, max_size=2), mail=_NOT_LEFT | _LEFT_LATE, rules=_RULES)
def test_nothing_closes_without_a_reminder_that_left_in_time(
    deadline: Deadline, others: list[TicketMail], mail: TicketMail, rules: WaitRules
) -> None:
    assert not isinstance(next_step(deadline, [*others, mail], rules, NOW), Close)


@given(deadline=_DEADLINES, day=_DAYS, now=_MOMENTS)
def test_it_closes_from_the_named_day_on(deadline: Deadline, day: date, now: datetime) -> None:
    reminded = replace(deadline, due=Due.CLOSING, reminded_at=NOW, closes_on=day, is_reachable=True)
    now = FRANCE.opens_at(max(now, NOW + NOTICE), timezone=deadline.timezone)

    closes = isinstance(step(reminded, TicketMail(4, MailStatus.SENT, NOW), now=now), Close)

    assert closes is (day <= day_in(deadline.timezone, now))


@given(deadline=_DEADLINES, named=st.none() | _DAYS, now=_MOMENTS)
def test_a_named_day_is_a_working_day_after_the_notice(deadline: Deadline, named: date | None, now: datetime) -> None:
    now = FRANCE.opens_at(now, timezone=deadline.timezone)
    closable = replace(deadline, is_solution=True, is_followed_up=False, is_reachable=True, closes_on=named)

    taken = step(replace(closable, due=Due.SOLUTION_REMINDER, reminded_at=None), now=now)

    assert isinstance(taken, Remind)
    assert taken.closes_on
    assert FRANCE.is_working_day(taken.closes_on)
    assert taken.closes_on >= day_in(deadline.timezone, now + NOTICE)
    assert named is None or taken.closes_on > named


@given(deadline=_DEADLINES, mails=_MAILS, rules=_RULES, day=_DAYS, hour=st.sampled_from([0, 8, 18, 23]))
def test_nobody_is_reminded_or_closed_outside_their_hours(
    deadline: Deadline, mails: list[TicketMail], rules: WaitRules, day: date, hour: int
) -> None:
    now = datetime.combine(day, time(hour, 59), ZoneInfo(deadline.timezone)).astimezone(UTC)

    assert not isinstance(next_step(deadline, mails, rules, now), Remind | Close)


@given(deadline=_DEADLINES, mails=_MAILS, rules=_RULES, now=_MOMENTS)
def test_a_pause_ends_later(deadline: Deadline, mails: list[TicketMail], rules: WaitRules, now: datetime) -> None:
    taken = next_step(deadline, mails, rules, now)

    assert not isinstance(taken, Wait) or taken.until > now
