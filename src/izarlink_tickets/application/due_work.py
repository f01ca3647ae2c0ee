"""Scheduled work on tickets: reminders, automatic closing, the end of a wait.

Tickets that are due are found by date; `due_steps` decides from what reached whom, and each ticket checks again whether
it is time. The command id derives from the ticket, the version that waits and the kind of work, so that several
processes, a crash or a jumping clock lead to one event.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import NAMESPACE_URL, uuid5

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.application.due_steps import Close, Remind, Report, Resume, Step, Wait, WaitRules, next_step
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.application.transaction import CommandResult
from izarlink_tickets.application.working_days import WorkingCalendar
from izarlink_tickets.config import Settings
from izarlink_tickets.database import (
    CLOCK_TOLERANCE,
    CommitUnknown,
    Database,
    DatabaseBusy,
    DatabaseUnreachable,
    StorageFull,
)
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext
from izarlink_tickets.domain.waiting import NOTICE
from izarlink_tickets.event_store import last_recorded_at
from izarlink_tickets.mail_hold import mail_hold
from izarlink_tickets.projections.deadline_queries import Deadline, dated_ahead, overdue
from izarlink_tickets.projections.deadlines import Due

# Tickets of each kind a run: when a delay is first switched on, customers are mailed in small batches.
BATCH = 20
# A ticket that failed is skipped for this long, so that it blocks no other.
SKIP_SECONDS = 3600.0
# Waits that one run of `repair_clock_skew` begins anew.
MOST_REPAIRED = 500
# No fault of the ticket: the work loop waits and runs again.
_OUTSIDE = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull)
# Of a deadline that was not looked at yet.
_NEVER = (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
# What each kind of work usually leads to; its command id has no further part.
_USUAL = {
    Due.INFORMATION_REMINDER: Remind,
    Due.SOLUTION_REMINDER: Remind,
    Due.CLOSING: Close,
    Due.REPORT: Report,
    Due.ANNOUNCEMENT: Remind,
    Due.RESUMPTION: Resume,
}

_log = structlog.get_logger()


@dataclass(slots=True)
class _Pauses:
    """Deadlines that are not looked at for a while.

    failed: until when (monotonic seconds). waiting: from when until when.
    """

    failed: dict[Deadline, float] = field(default_factory=dict)
    waiting: dict[Deadline, tuple[datetime, datetime]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.failed) + len(self.waiting)

    def forget_others(self, known: set[Deadline]) -> None:
        """Forget those that were handled, or wait under another version."""
        self.failed = {deadline: until for deadline, until in self.failed.items() if deadline in known}
        self.waiting = {deadline: times for deadline, times in self.waiting.items() if deadline in known}

    def next_batch(self, found: Iterable[Deadline], now: datetime) -> list[Deadline]:
        """Return the next deadlines to look at.

        Those not looked at for the longest time come first: what waits for a mail must not keep others waiting.
        """
        ready = [deadline for deadline in found if not self.covers(deadline, now)]
        return sorted(ready, key=lambda deadline: self.waiting.get(deadline, _NEVER)[0])[:BATCH]

    def covers(self, deadline: Deadline, now: datetime) -> bool:
        """Return whether the deadline is not to be looked at now."""
        if self.failed.get(deadline, 0.0) > monotonic():
            return True
        times = self.waiting.get(deadline)
        # A clock that was set back ends the pause.
        return times is not None and times[0] <= now < times[1]


class DueWork:
    """Runs the work that is due.

    For one thread; several processes may each run their own at once.
    """

    def __init__(self, database: Database, tickets: Tickets, settings: Settings) -> None:
        self._database, self._tickets, self._settings = database, tickets, settings
        calendar = WorkingCalendar(region=settings.holidays, hours=settings.working_hours)
        self._rules = WaitRules(settings.auto_close_days, calendar)
        self._pauses = _Pauses()

    def run(self, now: datetime) -> int:
        """Run a batch and return how many tickets it changed.

        Nothing is due while mails are held: nobody would learn of it. now: aware UTC.
        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown; tickets changed before it stay changed.
        """
        with self._database.query() as connection:
            if mail_hold(connection):
                return 0
            overdue_now = list(self._find_overdue(connection, now))
        self._pauses.forget_others({deadline for found in overdue_now for deadline in found})
        return sum(
            self._run_one(deadline, now) for found in overdue_now for deadline in self._pauses.next_batch(found, now)
        )

    def repair_clock_skew(self, now: datetime) -> int:
        """Restart waits that a wrong clock has dated ahead; return how many.

        Without it their reminders would wait until then. Nothing is restarted before an event was recorded under the
        right clock: a machine that starts with a clock set back would remind everybody again.
        now: aware UTC. Raises: as `run`.
        """
        with self._database.query() as connection:
            last = last_recorded_at(connection)
            if last and last > now + CLOCK_TOLERANCE:
                return 0
            numbers = dated_ahead(connection, of=now + CLOCK_TOLERANCE, limit=MOST_REPAIRED)
        return sum(self._restart(number, now) for number in numbers)

    def _find_overdue(self, connection: Connection, now: datetime) -> Iterator[list[Deadline]]:
        """Yield the tickets of each kind of work."""
        limit = BATCH + len(self._pauses)
        for due, delay in self._delays().items():
            yield overdue(connection, due, since=now - delay, limit=limit)

    def _delays(self) -> dict[Due, timedelta]:
        """Return the delay after which each kind is looked at."""
        settings = self._settings
        days = {
            Due.INFORMATION_REMINDER: settings.remind_information_days,
            Due.SOLUTION_REMINDER: settings.remind_solution_days,
        }
        delays = {due: timedelta(days=count) for due, count in days.items() if count}
        announcement = {Due.ANNOUNCEMENT: timedelta(0)} if settings.auto_close_days else {}
        return {Due.RESUMPTION: timedelta(0), **delays, Due.CLOSING: timedelta(0), Due.REPORT: NOTICE, **announcement}

    def _run_one(self, deadline: Deadline, now: datetime) -> bool:
        """Take the next step; return whether the ticket changed."""
        try:
            step = self._next_step(deadline, now)
            if isinstance(step, Wait):
                self._pauses.waiting[deadline] = (now, step.until)
                return False
            if not self._carry_out(step, _context(deadline, step, now), deadline.number).is_repeated:
                return True
        except _OUTSIDE:
            raise
        except Exception as error:  # noqa: BLE001 - no ticket may block the others, whatever it holds
            if deadline not in self._pauses.failed:
                _log_failure(deadline.number, deadline.due.value, error)
        self._pauses.failed[deadline] = monotonic() + SKIP_SECONDS
        return False

    def _next_step(self, deadline: Deadline, now: datetime) -> Step:
        with self._database.query() as connection:
            mails = outbox.mails_about(connection, number=deadline.number, account_id=deadline.requester_id)
        return next_step(deadline, mails, self._rules, now)

    def _carry_out(self, step: Remind | Report | Close | Resume, context: CommandContext, number: int) -> CommandResult:
        match step:
            case Remind(closes_on):
                return self._tickets.remind(context, number=number, closes_on=closes_on)
            case Report(cause):
                return self._tickets.report_silence(context, number=number, cause=cause)
            case Close(today):
                return self._tickets.auto_close(context, number=number, today=today)
        return self._tickets.resume(context, number=number)

    def _restart(self, number: int, now: datetime) -> bool:
        try:
            result = self._tickets.restart_wait(
                _system_context(f"restart:{number}:{now.isoformat()}", now), number=number
            )
        except _OUTSIDE:
            raise
        except Exception as error:  # noqa: BLE001 - as for due work
            _log_failure(number, "restart", error)
            return False
        return not result.is_repeated


def _context(deadline: Deadline, step: Step, now: datetime) -> CommandContext:
    """Build the context of the step's command, the same in each process."""
    kind = deadline.due.value
    if not isinstance(step, _USUAL[deadline.due]):
        kind += f":{type(step).__name__.lower()}"
    return _system_context(f"{kind}:{deadline.number}:{deadline.version}", now)


def _system_context(name: str, now: datetime) -> CommandContext:
    return CommandContext(SYSTEM, now, Channel.SYSTEM, str(uuid5(NAMESPACE_URL, f"izarlink:{name}")))


def _log_failure(number: int, due: str, error: Exception) -> None:
    fields = {"ticket": number, "due": due, "error": type(error).__name__}
    if isinstance(error, Refusal):
        # As a rule another process or a person was faster.
        _log.info("due_work_not_done", **fields)
    else:
        _log.warning("due_work_not_done", **fields, exc_info=error)
