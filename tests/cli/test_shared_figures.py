"""Folders of shared metrics, one for each running server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

# A server that shares its figures, has a child that counts, and ends once its input does.
SERVER = """
import os, sys
from pathlib import Path
from izarlink_tickets.metrics.sharing import share_between_processes, shared_folder
share_between_processes(Path(sys.argv[1]))
from izarlink_tickets.metrics.counting import observe_request
if os.fork() == 0:
    observe_request(page="tickets.index", method="GET", status=200, seconds=0.1)
    os._exit(0)
os.wait()
print(shared_folder(), flush=True)
sys.stdin.read()
"""


class Server:
    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVER, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.folder = Path(self.process.stdout.readline().rstrip())

    def figures(self) -> set[str]:
        return {path.name for path in self.folder.glob("*.db")}

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    with ExitStack() as stack:
        started = Server(tmp_path), Server(tmp_path)
        for server in started:
            stack.callback(server.kill)
        yield started


def test_servers_on_one_data_dir_have_figures_of_their_own(servers: tuple[Server, Server], tmp_path: Path):
    first, second = servers

    assert first.folder == tmp_path / "metrics" / "1"
    assert second.folder == tmp_path / "metrics" / "2"
    assert first.figures()
    assert first.figures().isdisjoint(second.figures())


def test_a_start_clears_what_a_killed_server_left_and_spares_a_running_one(
    servers: tuple[Server, Server], tmp_path: Path
):
    first, second = servers
    left, running = first.figures(), second.figures()
    first.kill()

    third = Server(tmp_path)
    third.kill()

    assert third.folder == first.folder
    assert third.figures().isdisjoint(left)
    assert second.figures() == running


def test_the_folder_belongs_to_the_last_process_of_a_server(tmp_path: Path):
    # As where the first process is killed and a worker still counts.
    worker = SERVER.replace("os._exit(0)", "sys.stdin.read(); os._exit(0)").replace("os.wait()", "")
    command = [sys.executable, "-c", worker, str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline().rstrip() == str(tmp_path / "metrics" / "1")
    process.kill()
    process.wait()

    next_server = Server(tmp_path)
    next_server.kill()
    process.communicate()

    assert next_server.folder == tmp_path / "metrics" / "2"
