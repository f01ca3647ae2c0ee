"""Serve the pages with gunicorn: worker processes with threads, each with a portal of its own and the work loop.

Importing it loads the whole web, on purpose: the workers share what the first process has loaded.
"""

import ctypes
import gc
import os
import signal
import socket
from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from izarlink_tickets.application import open_portal
from izarlink_tickets.cli.failures import AddressTaken, ServerFailed
from izarlink_tickets.cli.session import now
from izarlink_tickets.cli.work import Worker
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.metrics import sharing
from izarlink_tickets.web import create_app

# Threads share arenas, since Python lets one of them run at a time.
_M_ARENA_MAX, _ARENAS = -8, 1
# From here on a block is mapped by itself and unmapped when freed; glibc's default of 128 KiB grows by itself.
_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES = -3, 256 * 1024
# A request may wait for a lock (5 s) and send a file; a worker that is silent for longer is replaced.
TIMEOUT_SECONDS = 60
GRACE_SECONDS = 30
# Browsers ask for four files at first and come back; a proxy keeps its connections open.
KEEP_ALIVE_SECONDS = 5
_ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Server(BaseApplication):
    """One portal on one address."""

    # Gunicorn's own, which has no types.
    cfg: Any

    def __init__(self, settings: Settings, keys: MasterKeys, *, works: bool, when_ready: Callable[[], None]) -> None:
        """Prepare without listening. works: the work loop runs too. when_ready: called once, when it listens."""
        self._settings = settings
        self._keys = keys
        self._works = works
        self._when_ready = when_ready
        self._worker: Worker | None = None
        _give_memory_back()
        _share_word_lists()
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn is to do; its own environment variables and files are not read."""
        addresses = [self._settings.bind, self._settings.metrics_bind]
        options = {
            "bind": [address for address in addresses if address],
            "workers": self._settings.workers,
            "threads": self._settings.threads,
            "worker_class": "gthread",
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            # Which proxies are trusted is the portal's own setting.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "logger_class": _ServerLog,
            "when_ready": self._ready,
            "worker_exit": _end_work,
            "child_exit": _forget,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Open the portal of one worker, after the fork."""
        portal = open_portal(self._settings, self._keys)
        if self._works:
            self._worker = Worker(portal)
            self._worker.start()
        pages = create_app(portal, clock=now)
        if self._settings.metrics_bind is None:
            return pages
        from izarlink_tickets.metrics.serving import metrics_app, on_two_addresses  # noqa: PLC0415 - where asked for

        port = util.parse_address(self._settings.metrics_bind)[1]
        return on_two_addresses(pages, metrics_app(portal, clock=now), machines_port=port)

    def end_work(self) -> None:
        """End the work loop of this process, if it has one."""
        if self._worker:
            self._worker.stop()

    def serve(self) -> None:
        """Listen until told to end. Raises: ServerFailed."""
        _hold_signals_over_forks()
        try:
            self.run()
        except SystemExit as end:
            # Gunicorn's codes are its own; 3 for one would be a breach here.
            if end.code:
                raise ServerFailed from None

    def _ready(self, _arbiter: Arbiter) -> None:
        self._when_ready()
        # What is loaded now is never collected, so that looking for garbage doesn't copy the pages that are shared.
        gc.collect()
        gc.freeze()


def _end_work(_arbiter: Arbiter, worker: ThreadWorker) -> None:
    worker.app.end_work()


def _forget(_arbiter: Arbiter, worker: ThreadWorker) -> None:
    sharing.forget_process(int(worker.pid))


class _ServerLog(Logger):
    """Gunicorn's words go to our log, without the addresses and URLs of people, which hold names and secrets."""

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - the library's own, untyped
        """Leave levels and handlers to `logs`."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True

    def warning(self, msg: str, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as the library's
        """Say that a request was malformed, not who sent it."""
        if msg.startswith("Invalid request"):
            self.error_log.info("malformed request")
            return
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as the library's
        """Log the traceback, not the URL."""
        super().exception(msg.partition(" %s")[0], **kwargs)

    def reopen_files(self) -> None:
        """There are none."""


def _hold_signals_over_forks() -> None:
    """Let no request to end get lost in a worker that has just been made.

    Until it has handlers of its own it has those of the first process, which mean nothing to it: of eight ends right
    after the start, one took the whole grace of 30 s.
    """
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS),
        after_in_child=_begin_without_handlers,
    )


def _begin_without_handlers() -> None:
    for ending in _ENDINGS:
        signal.signal(ending, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDINGS)


def require_free_addresses(settings: Settings) -> None:
    """Refuse in one sentence what gunicorn would try five times. Raises: AddressTaken.

    Sockets that the system hands over (systemd's LISTEN_FDS) are bound already, and stay open over a restart.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()):
        return
    for address in (settings.bind, settings.metrics_bind):
        if address:
            _require_free(address)


def _require_free(bind: str) -> None:
    address = util.parse_address(bind)
    family = socket.AF_INET6 if util.is_ipv6(address[0]) else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise AddressTaken(f"{bind}: {error.strerror or error}") from error


def _give_memory_back() -> None:
    """Let large blocks go back to the system: the 19 MB of each password's hash would stay with every worker.

    glibc alone has the call, and only there the trouble (mallopt(3), M_MMAP_THRESHOLD).
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK_BYTES)
        mallopt(_M_ARENA_MAX, _ARENAS)


def _share_word_lists() -> None:
    """Load zxcvbn's word lists once for all workers: 13 MB, which each would load at its first chosen password."""
    import zxcvbn.matching  # noqa: F401, PLC0415 - not when the module is imported, but when it serves
