"""Scheduled work on tickets: reminders, automatic closing, the end of a wait.

Tickets that are due are found by date; each ticket decides itself whether it is time. The command id derives from the
ticket, the version that waits and the kind of work, so that several processes, a crash or a jumping clock lead to one
event.
"""

from datetime import datetime, timedelta
from time import monotonic
from uuid import NAMESPACE_URL, uuid5

import structlog

from izarlink_tickets.application.tickets import Tickets
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
        command_id = uuid5(NAMESPACE_URL, f"izarlink:{deadline.due.value}:{deadline.number}:{deadline.version}")
        context = CommandContext(SYSTEM, now, Channel.SYSTEM, str(command_id))
        commands = {Due.CLOSING: self._tickets.auto_close, Due.RESUMPTION: self._tickets.resume}
        try:
            if not commands.get(deadline.due, self._tickets.remind)(context, number=deadline.number).is_repeated:
                return True
        except _OUTSIDE:
            raise
        except Exception as error:  # noqa: BLE001 - no ticket may block the others, whatever it holds
            if deadline not in self._skipped_until:
                _log_failure(deadline, error)
        self._skipped_until[deadline] = monotonic() + SKIP_SECONDS
        return False


def _log_failure(deadline: Deadline, error: Exception) -> None:
    fields = {"ticket": deadline.number, "due": deadline.due.value, "error": type(error).__name__}
    if isinstance(error, Refusal):
        # As a rule another process or a person was faster.
        _log.info("due_work_not_done", **fields)
    else:
        _log.warning("due_work_not_done", **fields, exc_info=error)
