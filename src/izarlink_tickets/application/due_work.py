"""Do what time alone brings: remind of questions and solutions, close what nobody answered, take up what was held.

The ticket decides whether it is time; here it is only found (D11) and asked. Each act is an event of the portal's,
under a command id made of the ticket, the wait and what was due: several processes at once, a crash and a clock that
jumps lead to one event all the same (D4).
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
from izarlink_tickets.domain.closing import NOTICE
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext
from izarlink_tickets.projections.deadline_queries import Deadline, overdue
from izarlink_tickets.projections.deadlines import Due

# A look does no more of each kind: when a delay is first switched on, a thousand customers aren't mailed in one second.
BATCH = 20
# A ticket that couldn't be dealt with is left alone that long, so that it keeps no other from its turn.
ASIDE_SECONDS = 3600.0
# Not a ticket's fault: the work loop waits and comes back.
_OUTSIDE = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull)

_log = structlog.get_logger()


class DueWork:
    """For one thread; several, in several processes, may do it at once."""

    def __init__(self, database: Database, tickets: Tickets, settings: Settings) -> None:
        self._database, self._tickets, self._settings = database, tickets, settings
        # What was tried in vain, and until when (monotonic) it is left alone.
        self._aside: dict[Deadline, float] = {}

    def run(self, now: datetime) -> int:
        """Do a batch of what is due and say how many tickets it moved. now: aware UTC.

        Raises: DatabaseBusy, DatabaseUnreachable, StorageFull, CommitUnknown: what was done stays done.
        """
        found = self._found(now)
        # What is gone was dealt with; what was changed by others waits anew, under another version.
        self._aside = {deadline: until for deadline, until in self._aside.items() if deadline in found}
        started = monotonic()
        todo = [deadline for deadline in found if self._aside.get(deadline, started) <= started]
        return sum(self._does(deadline, now) for deadline in todo)

    def _found(self, now: datetime) -> list[Deadline]:
        limit = BATCH + len(self._aside)
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
        """Say after how many days what is due; what never is, isn't in it."""
        settings = self._settings
        delays = {
            Due.INFORMATION_REMINDER: settings.remind_information_days,
            Due.SOLUTION_REMINDER: settings.remind_solution_days,
            Due.CLOSING: settings.auto_close_days,
        }
        return {Due.RESUMPTION: 0} | {due: days for due, days in delays.items() if days}

    def _does(self, deadline: Deadline, now: datetime) -> bool:
        """Have the ticket decide; say whether something came of it."""
        context = CommandContext(SYSTEM, now, Channel.SYSTEM, _command_id(deadline))
        try:
            is_done = not self._command(deadline.due)(context, number=deadline.number).is_repeated
        except _OUTSIDE:
            raise
        except Refusal as refusal:
            # Somebody was faster, as a rule.
            self._tell_once(_log.info, deadline, refusal, trace=None)
            is_done = False
        except Exception as error:  # noqa: BLE001 - whatever one ticket holds, the others must have their turn
            self._tell_once(_log.warning, deadline, error, trace=error)
            is_done = False
        if not is_done:
            self._aside[deadline] = monotonic() + ASIDE_SECONDS
        return is_done

    def _command(self, due: Due) -> Callable[..., CommandResult]:
        match due:
            case Due.CLOSING:
                return self._tickets.auto_close
            case Due.RESUMPTION:
                return self._tickets.resume
        return self._tickets.remind

    def _tell_once(
        self, tell: Callable[..., object], deadline: Deadline, error: Exception, *, trace: Exception | None
    ) -> None:
        if deadline in self._aside:
            return
        number, due, name = deadline.number, deadline.due.value, type(error).__name__
        tell("due_work_not_done", ticket=number, due=due, error=name, exc_info=trace)


def _command_id(deadline: Deadline) -> str:
    return str(uuid5(NAMESPACE_URL, f"izarlink:{deadline.due.value}:{deadline.number}:{deadline.version}"))
