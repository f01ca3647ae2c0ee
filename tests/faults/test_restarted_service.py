"""Restarts under load behind a socket of systemd, as in deploy/."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event

import pytest
from tests.cli.processes import PATIENCE_SECONDS, environment_of, wait_until

from izarlink_tickets.config import Settings

pytestmark = [pytest.mark.fault(48), pytest.mark.parametrize("stage", ["sqlite"], indirect=True)]
# In the suite, and in a long run, with more than 1,000 visits under way at each stop.
RESTARTS, VISITORS, ANSWERS = (3, 12), (4, 96), 100
# systemd's protocol: sockets start at this descriptor, for the process LISTEN_PID.
FIRST_DESCRIPTOR = 3
AS_SYSTEMD = (
    "import os, sys;"
    f"os.dup2(int(sys.argv[1]), {FIRST_DESCRIPTOR});"
    "os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()));"
    "os.execv(sys.executable, [sys.executable, '-m', 'izarlink_tickets', 'serve'])"
)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        yield listener


def start(listener: socket.socket, settings: Settings) -> "subprocess.Popen[bytes]":
    port = listener.getsockname()[1]
    return subprocess.Popen(
        [sys.executable, "-c", AS_SYSTEMD, str(listener.fileno())],
        env=environment_of(settings, BIND=f"127.0.0.1:{port}"),
        pass_fds=[listener.fileno()],
        stdout=subprocess.DEVNULL,
    )


def visit(port: int, statuses: list[int], over: Event) -> None:
    """Request pages, each on a new connection; a refused one raises."""
    while not over.is_set():
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        with closing(connection):
            connection.request("GET", "/connexion")
            statuses.append(connection.getresponse().status)


def end_under_load(running: "subprocess.Popen[bytes]", statuses: list[int]) -> None:
    """Terminate the portal while it answers."""
    enough = len(statuses) + ANSWERS
    wait_until(lambda: len(statuses) >= enough, while_alive=running)
    running.terminate()
    assert running.wait(PATIENCE_SECONDS) == 0


def test_visitors_wait_during_a_restart_and_none_is_refused(
    listener: socket.socket, settings: Settings, rounds: Callable[[int, int], int]
):
    statuses: list[int] = []
    over, port, running = Event(), listener.getsockname()[1], start(listener, settings)
    visitors = rounds(*VISITORS)
    with ThreadPoolExecutor(visitors) as pool:
        visits = [pool.submit(visit, port, statuses, over) for _ in range(visitors)]
        for _ in range(rounds(*RESTARTS)):
            end_under_load(running, statuses)
            running = start(listener, settings)
        over.set()
        for future in visits:
            future.result()
    running.terminate()

    assert running.wait(PATIENCE_SECONDS) == 0
    assert set(statuses) == {200}
