"""The folder in which the processes of one server share their figures."""

import subprocess
import sys
from pathlib import Path

import pytest

# It exits normally when its input ends.
SHARING = (
    "import sys;"
    "from izarlink_tickets.metrics.sharing import share_between_processes, shared_folder;"
    "share_between_processes();"
    "print(shared_folder(), flush=True);"
    "sys.stdin.read()"
)


def sharing_process() -> "tuple[subprocess.Popen[str], Path]":
    """Start a process that shares its figures; return it and its folder."""
    command = [sys.executable, "-c", SHARING]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().rstrip())


def test_the_next_server_removes_the_folder_of_a_killed_one_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (killed, killed_folder), (living, living_folder) = sharing_process(), sharing_process()
    killed.kill()
    killed.communicate()

    next_server, next_folder = sharing_process()

    assert killed_folder.parent == tmp_path
    assert set(tmp_path.iterdir()) == {living_folder, next_folder}
    living.communicate()
    next_server.communicate()
    assert list(tmp_path.iterdir()) == []
