"""Processes of the portal, each on its own port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
from tests.ports import free_port
from tests.stage import NO_LIMITS

from izarlink_tickets.config import Settings

# A start takes a second; on a loaded machine it may take many.
PATIENCE_SECONDS = 180
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Running:
    """A running process, its port and its output files."""

    process: "subprocess.Popen[bytes]"
    port: int
    out: Path
    err: Path

    def get(self, path: str) -> tuple[int, bytes]:
        """Request a page; return its status and content."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def answers(self) -> bool:
        """Return whether it is ready to serve."""
        try:
            return self.get("/-/ready") == (200, b"ok\n")
        except (OSError, HTTPException):
            return False

    def end(self, with_signal: int = signal.SIGTERM) -> int:
        """Send it a signal to stop; return its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(PATIENCE_SECONDS)


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    """Build the environment for a portal with these settings."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("IZARLINK_")},
        "IZARLINK_DATA_DIR": str(settings.data_dir),
        "IZARLINK_DATABASE_URL": settings.database_url,
        **NO_LIMITS,
        "IZARLINK_SECOND_FACTOR": settings.second_factor,
        **{f"IZARLINK_{name}": value for name, value in more.items()},
    }


@contextmanager
def started(
    *arguments: str, settings: Settings, prefix: tuple[str, ...] = (), stdout: int | None = None, **more: str
) -> Iterator[Running]:
    """Start a command, and kill its process tree after the block.

    prefix: arguments before the program. stdout: a file descriptor, instead of the file. more: settings.
    """
    port = free_port()
    environment = environment_of(settings, BIND=f"127.0.0.1:{port}", **more)
    out, err = settings.data_dir / "stdout", settings.data_dir / "stderr"
    with out.open("wb") as output, err.open("wb") as errors:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "izarlink_tickets", *arguments],
            env=environment,
            stdout=output if stdout is None else stdout,
            stderr=errors,
        )
    try:
        yield Running(process, port, out, err)
    finally:
        _kill(process)


def wait_until(claim: Callable[[], bool], *, while_alive: "subprocess.Popen[bytes] | None" = None) -> None:
    """Wait until a claim is true. Raises: TimeoutError."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not claim():
        if time.monotonic() > deadline or (while_alive and while_alive.poll() is not None):
            raise TimeoutError
        time.sleep(POLL_SECONDS)


def children_of(process: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def memory_bytes(process: "subprocess.Popen[bytes]") -> int:
    """Return the memory of a process tree, in bytes.

    Shared pages count once.
    """
    tree = [psutil.Process(process.pid), *children_of(process)]
    return sum(process.memory_full_info().pss for process in tree)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        for child in children_of(process):
            child.kill()
        process.kill()
        process.wait(PATIENCE_SECONDS)
