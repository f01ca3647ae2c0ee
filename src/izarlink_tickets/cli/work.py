"""Do what is due, beside the pages or alone: mails, and now and then the clearing of what nobody needs any more."""

import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from time import monotonic
from types import FrameType

from izarlink_tickets.application import Portal
from izarlink_tickets.cli import logs
from izarlink_tickets.cli.failures import AddressTaken
from izarlink_tickets.cli.session import now
from izarlink_tickets.mailer import open_mailer, run

# Nothing that is cleared is in anybody's way; every process does it.
CLEARING_INTERVAL = timedelta(hours=1)
# Days are what is waited for; some seconds more are nobody's loss.
DUE_WORK_INTERVAL = timedelta(seconds=10)
# A mail on its way is given that long; after it, its lease runs out and another sender has it.
STOP_SECONDS = 5.0


class Worker:
    """The loop in a thread of its own."""

    def __init__(self, portal: Portal) -> None:
        """Prepare without starting."""
        self._stop, self._wake = Event(), Event()
        mailer = open_mailer(portal.database, portal.settings, clock=now)
        work = (
            _every(DUE_WORK_INTERVAL, portal.due_work.run),
            _every(CLEARING_INTERVAL, portal.housekeeping.run),
        )
        # A daemon: where the time to stop was not enough, the process ends all the same.
        self._thread = Thread(
            target=run, args=(mailer, self._stop, work), kwargs={"wake": self._wake}, name="work", daemon=True
        )

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End, with what is being done if it takes no longer than STOP_SECONDS."""
        self._stop.set()
        self._wake.set()
        self._thread.join(STOP_SECONDS)


def work_until_told(portal: Portal) -> None:
    """Work until the process is asked to end (SIGTERM, SIGINT)."""
    told = Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if portal.settings.metrics_bind:
        _serve_metrics(portal, portal.settings.metrics_bind)
    worker = Worker(portal)
    worker.start()
    told.wait()
    worker.stop()


def _serve_metrics(portal: Portal, bind: str) -> None:
    from izarlink_tickets.metrics.serving import serve_beside  # noqa: PLC0415 - only where somebody asks

    logs.configure_counted(portal.settings)
    try:
        serve_beside(portal, bind, clock=now)
    except OSError as error:
        raise AddressTaken(f"{bind}: {error.strerror or error}") from error


def _every(interval: timedelta, work: Callable[[datetime], object]) -> Callable[[], None]:
    """Make due work of something that is done once per interval, the first time at once, whatever the clock says."""
    not_before = 0.0

    def do() -> None:
        nonlocal not_before
        if monotonic() >= not_before:
            work(now())
            not_before = monotonic() + interval.total_seconds()

    # By this it goes in the log.
    do.__qualname__ = getattr(work, "__qualname__", do.__qualname__)

    return do
