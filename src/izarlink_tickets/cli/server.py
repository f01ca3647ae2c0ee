"""The gunicorn server: web workers and a process for mails.

Each has a portal of its own. Importing this module loads the whole web on purpose: the workers share what the first
process has loaded.
"""

import gc
import mimetypes
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any
from wsgiref.types import WSGIApplication

from babel import localedata
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from izarlink_tickets import security_log
from izarlink_tickets.accounts.password_guesses import load_word_lists
from izarlink_tickets.application import open_portal
from izarlink_tickets.cli import no_garbage_collection
from izarlink_tickets.cli.failures import AddressTaken, ServerFailed
from izarlink_tickets.cli.memory import keep_little_free_memory, return_free_memory
from izarlink_tickets.cli.session import now
from izarlink_tickets.cli.web_worker import WebWorker
from izarlink_tickets.cli.work_process import WorkProcess
from izarlink_tickets.config import MasterKeys, Settings
from izarlink_tickets.i18n import LANGUAGES
from izarlink_tickets.metrics import sharing
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import create_app
from izarlink_tickets.web.errors import unreadable_request_responses
from izarlink_tickets.web.request_limits import largest_body_bytes
from izarlink_tickets.web.security import HEADERS

# A request may wait for a lock (5 s) and send a file; a worker that is silent for longer is replaced.
TIMEOUT_SECONDS = 60
GRACE_SECONDS = 30
# Browsers fetch four files at first and come back; a proxy keeps its connections open.
KEEP_ALIVE_SECONDS = 5
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Server(BaseApplication):
    """One portal on one address."""

    # Gunicorn's own, untyped.
    cfg: Any

    def __init__(self, settings: Settings, keys: MasterKeys, *, works: bool, when_ready: Callable[[], None]) -> None:
        """Prepare without listening.

        works: also run the work process. when_ready: called once the server listens.
        """
        self.settings = settings
        self.keys = keys
        self._works = works
        self._when_ready = when_ready
        self.too_long_responses: dict[int, bytes] = {}
        self.largest_body_bytes: Callable[[str], int] = lambda _cookies: 0
        keep_little_free_memory()
        with no_garbage_collection():
            _share_tables()
        super().__init__()

    def load_config(self) -> None:
        """Configure gunicorn; its own environment variables and files are ignored."""
        addresses = [self.settings.bind, self.settings.metrics_bind]
        options = {
            "bind": [address for address in addresses if address],
            "workers": self.settings.workers,
            "threads": self.settings.threads,
            "worker_class": WebWorker,
            # Loaded before the forks, for the memory's sake; `load` opens no connection.
            "preload_app": True,
            "timeout": TIMEOUT_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": KEEP_ALIVE_SECONDS,
            # The portal has its own setting for trusted proxies.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
            "logger_class": _ServerLog,
            "when_ready": self._ready,
            "child_exit": _forget_process,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Build the application of all workers, before they are forked."""
        portal = open_portal(self.settings, self.keys)
        pages = create_app(portal, clock=now)
        self.too_long_responses = unreadable_request_responses(pages, HEADERS)
        self.largest_body_bytes = partial(largest_body_bytes, pages)
        if self.settings.metrics_bind is None:
            return pages
        from izarlink_tickets.metrics.serving import metrics_app, on_two_addresses  # noqa: PLC0415 - only if metrics are enabled

        port = util.parse_address(self.settings.metrics_bind)[1]
        return on_two_addresses(pages, metrics_app(portal, clock=now), machines_port=port)

    def serve(self) -> None:
        """Listen until the process receives a stop signal. Raises: ServerFailed."""
        _block_signals_during_forks()
        try:
            with no_garbage_collection():
                # It loads the application, which stays as well.
                arbiter = _Arbiter(self, works=self._works)
            arbiter.run()
        except SystemExit as end:
            # Gunicorn has its own exit codes; its 3 would mean a breach here.
            if end.code:
                raise ServerFailed from None

    def _ready(self, _arbiter: Arbiter) -> None:
        self._when_ready()
        # Garbage collection skips what is loaded now, so it does not copy memory pages that the workers share.
        gc.collect()
        return_free_memory()
        gc.freeze()


class _Arbiter(Arbiter):
    """Gunicorn's first process, which also keeps the work process running."""

    def __init__(self, app: Server, *, works: bool) -> None:
        super().__init__(app)
        self._work = WorkProcess(app.settings, app.keys, in_child=self._close_listeners) if works else None

    def manage_workers(self) -> None:
        """Start what isn't running; called about once a second."""
        super().manage_workers()
        if self._work:
            self._work.keep_running()

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 - as the library's
        """Stop the workers, and meanwhile the work process."""
        if self._work is None:
            super().stop(graceful)
            return
        self._work.ask_to_stop()
        super().stop(graceful)
        self._work.stop()

    def _close_listeners(self) -> None:
        for listener in self.LISTENERS:
            listener.close()


def _forget_process(_arbiter: Arbiter, worker: WebWorker) -> None:
    sharing.forget_process(int(worker.pid))


class _ServerLog(Logger):
    """Gunicorn's messages in our log, without addresses and URLs.

    Those hold names and secrets.
    """

    def setup(self, cfg: Any) -> None:  # noqa: ANN401 - the library's own, untyped
        """Leave levels and handlers to `logs`."""
        self.cfg = cfg
        self._access_log_enabled = False
        self.error_log.propagate = True

    def warning(self, msg: str, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as the library's
        """Log that a request was malformed, without its sender."""
        if msg.startswith("Invalid request"):
            security_log.record(Reason.MALFORMED_REQUEST)
            return
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: str, *args: object, **kwargs: Any) -> None:  # noqa: ANN401 - as the library's
        """Log the traceback without the URL."""
        super().exception(msg.partition(" %s")[0], **kwargs)

    def reopen_files(self) -> None:
        """Do nothing: the log has no files."""


def _block_signals_during_forks() -> None:
    """Block stop signals while a worker is forked, so none gets lost.

    Until the worker has its own handlers it has those of the first process, which do nothing there: of eight stops
    right after the start, one took the whole grace period of 30 s.
    """
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS),
        after_in_child=_reset_signal_handlers,
    )


def _reset_signal_handlers() -> None:
    for stop_signal in _STOP_SIGNALS:
        signal.signal(stop_signal, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def require_free_addresses(settings: Settings) -> None:
    """Check that the addresses can be bound; gunicorn would try five times.

    Raises: AddressTaken. Sockets passed by systemd (LISTEN_FDS) are already bound, and stay open over a restart.
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
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise AddressTaken(f"{bind}: {error.strerror or error}") from error


def _share_tables() -> None:
    """Load before the forks what each worker would load."""
    # With zxcvbn's, 13 MB: when serving, not when this module is imported.
    load_word_lists()
    mimetypes.init()
    for language in LANGUAGES:
        localedata.load(language)
