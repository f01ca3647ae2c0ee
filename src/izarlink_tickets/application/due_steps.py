"""The next step of a wait, decided from what reached whom.

A pure decision: the wait, its mails, the settings and the time come in. The ticket checks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from izarlink_tickets.application.working_days import WorkingCalendar
from izarlink_tickets.domain.vocabulary import SilenceCause
from izarlink_tickets.domain.waiting import NOTICE
from izarlink_tickets.i18n import day_in
from izarlink_tickets.outbox import MailStatus, TicketMail
from izarlink_tickets.projections.deadline_queries import Deadline
from izarlink_tickets.projections.deadlines import Due

# What waits for a mail or an account is looked at again after this time.
LOOK_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Remind:
    """The customer is reminded. closes_on: the day that the reminder names."""

    closes_on: date | None


@dataclass(frozen=True, slots=True)
class Report:
    """Support is told that no answer is to be expected."""

    cause: SilenceCause


@dataclass(frozen=True, slots=True)
class Close:
    """The ticket is closed. today: the requester's date."""

    today: date


@dataclass(frozen=True, slots=True)
class Resume:
    """The wait for a third party ends."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing is to be done before this moment."""

    until: datetime


Step = Remind | Report | Close | Resume | Wait


@dataclass(frozen=True, slots=True)
class WaitRules:
    """The settings of waits. auto_close_days: 0 for never."""

    auto_close_days: int
    calendar: WorkingCalendar


def next_step(deadline: Deadline, mails: Sequence[TicketMail], rules: WaitRules, now: datetime) -> Step:
    """Decide the next step.

    mails: about the ticket to its requester. now: aware UTC.
    """
    if deadline.due is Due.RESUMPTION:
        return Resume()
    if not deadline.is_reachable:
        # Once told, support decides.
        return Wait(now + LOOK_AGAIN) if deadline.due is Due.ANNOUNCEMENT else Report(SilenceCause.ACCOUNT_CLOSED)
    if any(mail.status is MailStatus.WAITING for mail in mails):
        # The question, the solution or the reminder has not left: nothing is counted from what nobody has read.
        return Wait(now + LOOK_AGAIN)
    if deadline.reminded_at is None or deadline.due is Due.ANNOUNCEMENT or _lacks_a_day(deadline, rules):
        return _reminder(deadline, rules, now)
    return _after_reminder(deadline, mails, rules, now)


def _lacks_a_day(deadline: Deadline, rules: WaitRules) -> bool:
    """Return whether closing was switched on after the reminder."""
    is_closable = deadline.is_solution and not deadline.is_followed_up
    return deadline.due is Due.REPORT and is_closable and rules.auto_close_days > 0


def _reminder(deadline: Deadline, rules: WaitRules, now: datetime) -> Step:
    opens_at = rules.calendar.opens_at(now, timezone=deadline.timezone)
    if opens_at > now:
        return Wait(opens_at)
    is_closable = deadline.is_solution and not deadline.is_followed_up and rules.auto_close_days > 0
    return Remind(_closing_day(deadline, rules, now) if is_closable else None)


def _closing_day(deadline: Deadline, rules: WaitRules, now: datetime) -> date:
    """Return the day to name.

    A working day after the delay, the notice and any day named before.
    """
    earliest = max(deadline.waiting_since + timedelta(days=rules.auto_close_days), now + NOTICE)
    day = day_in(deadline.timezone, earliest)
    if deadline.closes_on:
        day = max(day, deadline.closes_on + timedelta(days=1))
    return rules.calendar.first_working_day(day)


def _after_reminder(deadline: Deadline, mails: Sequence[TicketMail], rules: WaitRules, now: datetime) -> Step:
    """Decide what follows the reminder's own mail, which is no longer waiting."""
    mail = next((mail for mail in mails if mail.entry == deadline.version), None)
    closes = deadline.due is Due.CLOSING and rules.auto_close_days > 0
    if mail and mail.status is MailStatus.CANCELLED and closes:
        # It came too late for the day that it named.
        return _reminder(deadline, rules, now)
    if mail is None or mail.status is not MailStatus.SENT or mail.finished_at is None:
        return Report(SilenceCause.NOT_DELIVERED)
    had_notice_at = mail.finished_at + NOTICE
    if had_notice_at > now:
        return Wait(had_notice_at)
    return _silence_after(deadline, rules, now) if closes else Report(SilenceCause.NO_ANSWER)


def _silence_after(deadline: Deadline, rules: WaitRules, now: datetime) -> Step:
    today = day_in(deadline.timezone, now)
    if deadline.closes_on and today < deadline.closes_on:
        return Wait(now + LOOK_AGAIN)
    opens_at = rules.calendar.opens_at(now, timezone=deadline.timezone)
    return Wait(opens_at) if opens_at > now else Close(today)
