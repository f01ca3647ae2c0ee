"""The process of mails and due work, beside a server's web workers.

The server's first process forks it and replaces it when it dies. It shares the memory of what was loaded before, has a
low priority, so that no page waits behind a mail, and ends when its parent is gone.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from time import monotonic, sleep

import structlog

from izarlink_tickets.application import open_portal
from izarlink_tickets.cli.work import STOP_SECONDS, work_until_stopped
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.metrics import sharing

# A tenth of the weight of a web worker, where both want the processor. Source: sched(7), nice values.
NICENESS = 10
# Between two starts of a process that dies again and again: doubled each time, up to the longest.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
# A process that lived for this long starts again without a pause.
SOUND_SECONDS = 60.0
POLL_SECONDS = 0.02
# Those that servers and terminals send; the handlers of the first process make no sense here.
_RESET_SIGNALS = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGCHLD),
    *(signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH),
)

_log = structlog.get_logger()


class WorkProcess:
    """A child process that runs the work loop."""

    def __init__(self, settings: Settings, keys: MasterKeys, *, in_child: Callable[[], None]) -> None:
        """Prepare without starting.

        in_child: called first in the child, to close what it must not inherit.
        """
        self._settings, self._keys, self._in_child = settings, keys, in_child
        self._pid: int | None = None
        self._started_at, self._pause = 0.0, 0.0

    def keep_running(self) -> None:
        """Start the process if it isn't running.

        The parent's main thread calls it about once a second.
        """
        if self._is_alive() or monotonic() < self._started_at + self._pause:
            return
        self._lengthen_pause()
        self._started_at = monotonic()
        self._pid = self._fork()

    def ask_to_stop(self) -> None:
        """Send the stop signal without waiting."""
        if self._is_alive() and self._pid:
            os.kill(self._pid, signal.SIGTERM)

    def stop(self) -> None:
        """Stop the process after its current mail, by force if need be."""
        self.ask_to_stop()
        deadline = monotonic() + STOP_SECONDS + 1
        while self._is_alive() and monotonic() < deadline:
            sleep(POLL_SECONDS)
        if self._is_alive() and self._pid:
            os.kill(self._pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(self._pid, 0)

    def _is_alive(self) -> bool:
        if self._pid is None:
            return False
        try:
            is_alive = os.waitpid(self._pid, os.WNOHANG) == (0, 0)
        except ChildProcessError:
            # The server's own look at its children came first.
            is_alive = False
        if not is_alive:
            sharing.forget_process(self._pid)
            self._pid = None
        return is_alive

    def _lengthen_pause(self) -> None:
        was_sound = monotonic() - self._started_at > SOUND_SECONDS
        self._pause = FIRST_PAUSE_SECONDS if was_sound else min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _fork(self) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            self._work(parent)
            code = 0
        except Exception as error:  # noqa: BLE001 - the outermost frame of the process
            _log.error("work_process_failed", error=type(error).__name__, exc_info=error)
        finally:
            # Never back into the parent's code.
            os._exit(code)

    def _work(self, parent: int) -> None:
        for number in _RESET_SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        self._in_child()
        with suppress(PermissionError):
            # A sandbox may forbid even this.
            os.nice(NICENESS)
        work_until_stopped(open_portal(self._settings, self._keys), is_orphaned=lambda: os.getppid() != parent)
