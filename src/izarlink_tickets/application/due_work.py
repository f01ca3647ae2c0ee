"""Scheduled work on tickets: reminders, automatic closing, the end of a wait.

Tickets that are due are found by date; each ticket decides itself whether it is time. The command id derives from the
ticket, the version that waits and the kind of work, so that several processes, a crash or a jumping clock lead to one
event.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from uuid import NAMESPACE_URL, uuid5

import structlog

from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.application.transaction import CommandResult
from izarlink_tickets.config import Settings
from izarlink_tickets.database import CommitUnknown, Database, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext
from izarlink_tickets.domain.waiting import NOTICE
from izarlink_tickets.projections.deadline_queries import Deadline, overdue
from izarlink_tickets.projections.deadlines import Due

# Tickets of each kind a run: when a delay is first switched on, customers are mailed in small batches.
BATCH = 20
# A ticket that failed is skipped for this long, so that it blocks no other.
SKIP_SECONDS = 3600.0
# No fault of the ticket: the work loop waits and runs again.
_OUTSIDE = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull)

_log = structlog.get_logger()


class DueWork:
    """Runs the work that is due.

    For one thread; several processes may each run their own at once.
    """

    def __init__(self, database: Database, tickets: Tickets, settings: Settings) -> None:
        self._database, self._tickets, self._settings = database, tickets, settings
        # Deadlines that failed, and until when (monotonic seconds) they are skipped.
        self._skipped_until: dict[Deadline, float] = {}

    def run(self, now: datetime) -> int:
        """Run a batch and return how many tickets it changed.

        now: aware UTC.
        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown; tickets changed before it stay changed.
        """
        overdue_now, skipped = self._find_overdue(now), self._skipped_until
        # The others were handled, or their ticket has changed and waits under another version.
        self._skipped_until = {deadline: until for deadline, until in skipped.items() if deadline in overdue_now}
        started = monotonic()
        batch = [deadline for deadline in overdue_now if self._skipped_until.get(deadline, started) <= started]
        return sum(self._run_one(deadline, now) for deadline in batch)

    def _find_overdue(self, now: datetime) -> list[Deadline]:
        limit = BATCH + len(self._skipped_until)
        with self._database.query() as connection:
            return [
                deadline
                for due, days in self._delays().items()
                for deadline in overdue(
                    connection,
                    due,
                    since=now - timedelta(days=days),
                    reminded_by=now - NOTICE if due is Due.CLOSING else None,
                    limit=limit,
                )
            ]

    def _delays(self) -> dict[Due, int]:
        """Return the delay in days of each kind that is switched on."""
        settings = self._settings
        delays = {
            Due.INFORMATION_REMINDER: settings.remind_information_days,
            Due.SOLUTION_REMINDER: settings.remind_solution_days,
            Due.CLOSING: settings.auto_close_days,
        }
        return {Due.RESUMPTION: 0} | {due: days for due, days in delays.items() if days}

    def _run_one(self, deadline: Deadline, now: datetime) -> bool:
        """Let the ticket decide; return whether it changed."""
        context = CommandContext(SYSTEM, now, Channel.SYSTEM, _command_id(deadline))
        try:
            is_done = not self._command(deadline.due)(context, number=deadline.number).is_repeated
        except _OUTSIDE:
            raise
        except Refusal as refusal:
            # As a rule another process or a person was faster.
            self._log_once(_log.info, deadline, refusal, trace=None)
            is_done = False
        except Exception as error:  # noqa: BLE001 - no ticket may block the others, whatever it holds
            self._log_once(_log.warning, deadline, error, trace=error)
            is_done = False
        if not is_done:
            self._skipped_until[deadline] = monotonic() + SKIP_SECONDS
        return is_done

    def _command(self, due: Due) -> Callable[..., CommandResult]:
        match due:
            case Due.CLOSING:
                return self._tickets.auto_close
            case Due.RESUMPTION:
                return self._tickets.resume
        return self._tickets.remind

    def _log_once(
        self, log: Callable[..., object], deadline: Deadline, error: Exception, *, trace: Exception | None
    ) -> None:
        if deadline in self._skipped_until:
            return
        number, due, name = deadline.number, deadline.due.value, type(error).__name__
        log("due_work_not_done", ticket=number, due=due, error=name, exc_info=trace)


def _command_id(deadline: Deadline) -> str:
    return str(uuid5(NAMESPACE_URL, f"izarlink:{deadline.due.value}:{deadline.number}:{deadline.version}"))
