"""The work loop: sends due mails, then does other due work.

A failing task is logged once when it starts to fail and once when it recovers; the other tasks go on.
"""

from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

import structlog

from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.mailer.delivery import ServerUnreachable
from izarlink_tickets.mailer.journal import JournalUnwritable
from izarlink_tickets.mailer.sending import Mailer

POLL_SECONDS = 1.0
# After a failure, to spare a server that is down.
PAUSE_SECONDS = 5.0
# Expected failures of the environment are logged in one line; any other error is a bug and has a traceback.
_EXPECTED = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, JournalUnwritable, ServerUnreachable, StorageFull)

_log = structlog.get_logger()


def run(
    mailer: Mailer, stop: Event, due_work: Sequence[Callable[[], object]] = (), *, wake: Event | None = None
) -> None:
    """Work until `stop` is set.

    due_work: functions that do what is due and return a true value if more may be due.
    wake: set it to send a new mail at once; set it after `stop` to end at once.
    """
    wake = wake or Event()
    tasks = [_Task(work) for work in (mailer.send_due, *due_work)]
    while not stop.is_set():
        wake.clear()
        has_more = [task.do() for task in tasks]
        if not any(has_more):
            wake.wait(POLL_SECONDS)


class _Task:
    """A task of the loop, and whether it is failing."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._name = getattr(work, "__qualname__", type(work).__qualname__)
        self._is_failing = False
        self._not_before = 0.0

    def do(self) -> bool:
        """Run the work if not paused; return whether more may be due."""
        if monotonic() < self._not_before:
            return False
        try:
            has_more = bool(self._work())
        except _EXPECTED as error:
            self._fail(error, trace=None)
            return False
        except Exception as error:  # noqa: BLE001 - the outermost loop of the process
            self._fail(error, trace=error)
            return False
        if self._is_failing:
            _log.info("work_resumed", work=self._name)
        self._is_failing = False
        return has_more

    def _fail(self, error: Exception, *, trace: Exception | None) -> None:
        if not self._is_failing:
            _log.warning(
                "work_failing", work=self._name, error=type(error).__name__, reason=_reason(error), exc_info=trace
            )
        self._is_failing = True
        self._not_before = monotonic() + PAUSE_SECONDS


def _reason(error: Exception) -> str | None:
    return error.answer if isinstance(error, ServerUnreachable) else None
