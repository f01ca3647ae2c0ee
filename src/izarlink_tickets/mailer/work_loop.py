"""Do what is due, again and again, until told to stop: mails first, then whatever else is found by its due time (D11).

A failure of one kind of work is logged once, when it begins and when it ends, and keeps nothing else from being done.
"""

from collections.abc import Callable, Sequence
from threading import Event
from time import monotonic

import structlog

from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable, StorageFull
from izarlink_tickets.mailer.delivery import ServerUnreachable
from izarlink_tickets.mailer.sending import Mailer

POLL_SECONDS = 1.0
# What has failed is left alone that long: a server that is down is asked often enough, and not at each turn.
PAUSE_SECONDS = 5.0
# Expected of the world outside, and told in a line; anything else is a mistake of ours and brings its traceback.
_OUTSIDE = (CommitUnknown, DatabaseBusy, DatabaseUnreachable, ServerUnreachable, StorageFull)

_log = structlog.get_logger()


def run(
    mailer: Mailer, stop: Event, due_work: Sequence[Callable[[], object]] = (), *, wake: Event | None = None
) -> None:
    """Work until `stop` is set. wake: set it to have a new mail sent at once; set it with `stop`, to end at once.

    due_work: functions that do what is due and return something true where more may be.
    """
    wake = wake or Event()
    works = [_Work(work) for work in (mailer.send_due, *due_work)]
    while not stop.is_set():
        wake.clear()
        has_more = [work.do() for work in works]
        if not any(has_more):
            wake.wait(POLL_SECONDS)


class _Work:
    """One thing to do, and whether it is failing."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work
        self._name = getattr(work, "__qualname__", type(work).__qualname__)
        self._is_failing = False
        self._not_before = 0.0

    def do(self) -> bool:
        """Do it unless it has just failed; say whether more may be due."""
        if monotonic() < self._not_before:
            return False
        try:
            has_more = bool(self._work())
        except _OUTSIDE as error:
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
