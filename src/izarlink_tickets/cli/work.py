"""The work loop: mails, due work and housekeeping."""

import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from types import FrameType

from izarlink_tickets.application import Portal
from izarlink_tickets.cli import logs
from izarlink_tickets.cli.clock_leaps import LeapGuard
from izarlink_tickets.cli.failures import AddressTaken
from izarlink_tickets.cli.session import now
from izarlink_tickets.mailer import open_mailer, run

# Housekeeping is never urgent; every process does it.
HOUSEKEEPING_INTERVAL = timedelta(hours=1)
# Due dates are days away; a few seconds of delay do not matter.
DUE_WORK_INTERVAL = timedelta(seconds=10)
# A mail being sent may take this long; later its lease expires and another worker sends it.
STOP_SECONDS = 5.0
# How often a process looks whether it is an orphan.
ORPHAN_SECONDS = 1.0


class Worker:
    """The work loop in its own thread."""

    def __init__(self, portal: Portal) -> None:
        """Prepare the thread without starting it."""
        self._stop, self._wake = Event(), Event()
        self._mailer = open_mailer(portal.database, portal.settings, clock=now)
        work = (
            _every(DUE_WORK_INTERVAL, LeapGuard(portal.due_work.run)),
            _every(HOUSEKEEPING_INTERVAL, portal.housekeeping.run),
            _every(HOUSEKEEPING_INTERVAL, portal.due_work.repair_clock_skew),
        )
        # A daemon: the process ends even if the loop does not stop in time.
        self._thread = Thread(
            target=run, args=(self._mailer, self._stop, work), kwargs={"wake": self._wake}, name="work", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current mail or task, within STOP_SECONDS."""
        self._stop.set()
        self._mailer.stop()
        self._wake.set()
        self._thread.join(STOP_SECONDS)


def work_until_stopped(portal: Portal, *, is_orphaned: Callable[[], bool] = lambda: False) -> None:
    """Work until the process receives SIGTERM or SIGINT, or is an orphan."""
    stop_requested = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stop_requested.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker = Worker(portal)
    worker.start()
    while not stop_requested.wait(ORPHAN_SECONDS) and not is_orphaned():
        pass
    worker.stop()


def serve_metrics(portal: Portal) -> None:
    """Serve the metrics of `work` if enabled. Raises: AddressTaken."""
    bind = portal.settings.metrics_bind
    if bind is None:
        return
    from izarlink_tickets.metrics.serving import serve_beside  # noqa: PLC0415 - only if metrics are enabled

    logs.configure_with_metrics(portal.settings)
    try:
        serve_beside(portal, bind, clock=now)
    except OSError as error:
        raise AddressTaken(f"{bind}: {error.strerror or error}") from error


def _every(interval: timedelta, work: Callable[[datetime], object]) -> Callable[[], None]:
    """Wrap work to run at most once per interval.

    It runs for the first time at once. The interval is monotonic time.
    """
    not_before = 0.0

    def run_if_due() -> None:
        nonlocal not_before
        if monotonic() >= not_before:
            work(now())
            not_before = monotonic() + interval.total_seconds()

    # The log names the work by this.
    run_if_due.__qualname__ = getattr(work, "__qualname__", run_if_due.__qualname__)

    return run_if_due
