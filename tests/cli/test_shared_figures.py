"""The folder in which the processes of one server add up their figures, and what a killed one leaves of it."""

import subprocess
import sys
from pathlib import Path

import pytest

# It ends in good order when there is nothing more to read.
SHARING = (
    "import sys;"
    "from izarlink_tickets.metrics.sharing import share_between_processes, shared_folder;"
    "share_between_processes();"
    "print(shared_folder(), flush=True);"
    "sys.stdin.read()"
)


def sharing() -> "tuple[subprocess.Popen[str], Path]":
    """Start a process that shares its figures, and give it and its folder."""
    command = [sys.executable, "-c", SHARING]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, Path(process.stdout.readline().rstrip())


def test_what_a_killed_server_left_goes_when_the_next_one_starts_and_a_living_one_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (killed, left), (living, kept) = sharing(), sharing()
    killed.kill()
    killed.communicate()

    next_one, its_own = sharing()

    assert left.parent == tmp_path
    assert set(tmp_path.iterdir()) == {kept, its_own}
    living.communicate()
    next_one.communicate()
    assert list(tmp_path.iterdir()) == []
