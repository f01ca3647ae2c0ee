"""The portal, or what stands in its place, as a process tree that is measured."""

import http.client
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil
from tests.ports import free_port

from bench.databases import SeededDatabase
from izarlink_tickets.config import load_keys

START_SECONDS, STOP_SECONDS, POLL_SECONDS = 90, 30, 0.01
# Settings that whoever measures may choose.
CHOSEN = frozenset({"IZARLINK_WORKERS", "IZARLINK_THREADS"})
READY, LOG = "/-/ready", "servers.log"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs. ready_seconds: from the start of the process to the first `/-/ready`."""

    port: int
    process: psutil.Process
    ready_seconds: float

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """Return the processor time of the whole tree so far."""
        return tree_cpu_seconds(self.process)

    def memory_mb(self) -> float:
        """Return the memory of the whole tree (PSS) in MB."""
        total = 0
        for process in tree_of(self.process):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total / 1e6


@contextmanager
def serving(
    database: SeededDatabase,
    *command: str,
    module: str = "izarlink_tickets",
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Run a command that serves, until the end of the block.

    module: that runs the command line. environment: further variables.
    """
    port, start = free_port(), time.perf_counter()
    bound = {"IZARLINK_BIND": f"127.0.0.1:{port}", **(environment or {})}
    with running(database, *command, module=module, environment=bound) as process:
        wait_until_ready(process, port)
        yield Server(port, process, time.perf_counter() - start)


@contextmanager
def running(
    database: SeededDatabase, *command: str, environment: Mapping[str, str], module: str = "izarlink_tickets"
) -> Iterator[psutil.Process]:
    """Run a command until the end of the block."""
    variables = _variables(database) | dict(environment)
    with (database.folder / LOG).open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", module, *command], env=variables, stdout=log, stderr=log)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def tree_of(process: psutil.Process) -> list[psutil.Process]:
    """List a process and all that it started."""
    return [process, *process.children(recursive=True)]


def tree_cpu_seconds(process: psutil.Process) -> float:
    """Return the processor time of a whole tree so far."""
    total = 0.0
    for member in tree_of(process):
        with suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    return total


def _variables(database: SeededDatabase) -> dict[str, str]:
    """Build the environment: production settings, and no due work that would change the data."""
    keys = load_keys(database.settings)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("IZARLINK_") or name in CHOSEN},
        "IZARLINK_DATA_DIR": str(database.folder),
        "IZARLINK_DATABASE_URL": database.url,
        "IZARLINK_SECRET_KEY": b64encode(keys.secret).decode(),
        "IZARLINK_SEALING_KEY": b64encode(keys.sealing.newest).decode(),
        "IZARLINK_SECOND_FACTOR": "off",
        "IZARLINK_REMIND_INFORMATION_DAYS": "0",
        "IZARLINK_REMIND_SOLUTION_DAYS": "0",
        # A few visitors write more in a minute than customers in an hour.
        "IZARLINK_TICKETS_PER_HOUR": "0",
        "IZARLINK_FOLLOW_UPS_PER_HOUR": "0",
        "IZARLINK_MAILS_PER_HOUR": "0",
        "IZARLINK_UPLOAD_BYTES_PER_HOUR": "0",
        "IZARLINK_LOG_LEVEL": "warning",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def wait_until_ready(process: psutil.Process, port: int) -> None:
    """Wait until the process answers on the port."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.status() != psutil.STATUS_ZOMBIE, f"the server ended: see {LOG}"
        if _is_ready(port):
            return
        time.sleep(POLL_SECONDS)
    raise TimeoutError("the server is not ready")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", READY)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
