"""A real portal to kill: `izarlink-tickets serve` in its own process group."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tests.cli.processes import environment_of
from tests.faults.children import WAIT_SECONDS
from tests.ports import is_free

from izarlink_tickets.config import FAULTS_ALLOWED, Settings

PROGRAM = Path(sys.executable).with_name("izarlink-tickets")
WORKERS = 2
POLL_SECONDS = 0.005


@dataclass
class Server:
    """A portal on one port, started and killed repeatedly.

    fault: the failpoint at which its processes die. prefix: words before its command.
    """

    port: int
    settings: Settings
    fault: str = ""
    prefix: tuple[str, ...] = ()
    _process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Start the portal without waiting."""
        variables = {"BIND": f"127.0.0.1:{self.port}", "WORKERS": str(WORKERS)}
        if self.fault:
            (self.settings.data_dir / FAULTS_ALLOWED).touch()
            variables["FAULT"] = self.fault
        environment = environment_of(self.settings, **variables)
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(
                [*self.prefix, PROGRAM, "serve"], env=environment, stdout=output, stderr=output, start_new_session=True
            )

    def wait_until_ready(self) -> None:
        """Wait until the portal accepts connections."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._is_listening():
            assert time.monotonic() < deadline, self._output.read_text()
            time.sleep(POLL_SECONDS)

    def kill_and_start(self) -> None:
        """Kill the whole portal and start it again."""
        self.kill()
        self.start()

    def kill_a_worker(self) -> None:
        """Kill a random worker; the main process starts another."""
        assert self._process
        with suppress(IndexError, psutil.NoSuchProcess):
            # No worker exists while the last one killed is being replaced.
            random.choice(psutil.Process(self._process.pid).children()).kill()  # noqa: S311 - any worker will do

    def kill(self) -> None:
        """Kill all processes, and wait until nothing of them is left."""
        if self._process is None:
            return
        process, self._process = self._process, None
        os.killpg(process.pid, signal.SIGKILL)
        exit_code, deadline = process.wait(WAIT_SECONDS), time.monotonic() + WAIT_SECONDS
        # A dying work process still holds its journal, which the next sender then can't read.
        while is_running(group=process.pid) or not is_free(self.port):
            assert time.monotonic() < deadline
            time.sleep(POLL_SECONDS)
        assert exit_code == -signal.SIGKILL, self._output.read_text()

    @property
    def _output(self) -> Path:
        return self.settings.data_dir / "output"

    def _is_listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except ConnectionRefusedError:
            return False
        return True


def is_running(*, group: int) -> bool:
    """Whether a process of the group is left, zombies apart."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                return True
    return False
