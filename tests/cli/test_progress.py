"""Progress of long commands, on a terminal and elsewhere."""

import io
import json
import os
import pty
import select
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cast import Cast
from tests.cli.conftest import Command, Ended, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.cli.progress import LINE_SECONDS, ProgressDisplay

_END = "[end]"
FINISHED = "[####################################]  100%"


@dataclass(frozen=True)
class Terminal:
    """Terminal that shows the stderr of commands."""

    command: Command
    screen: io.FileIO
    stderr: io.TextIOWrapper

    def run(self, *arguments: str) -> tuple[Ended, str]:
        """Run a command; return how it ended and what was shown."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", self.stderr)
            ended = self.command(*arguments)
        # The screen shows what was written a moment later.
        self.stderr.write(_END)
        shown = ""
        while _END not in shown:
            select.select([self.screen], [], [], 10)
            shown += (self.screen.read(1 << 16) or b"").decode()
        return ended, shown.removesuffix(_END)


@pytest.fixture
def terminal(command: Command) -> Iterator[Terminal]:
    """Terminal for commands on the portal of this test."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    with io.FileIO(ours) as screen, io.TextIOWrapper(io.FileIO(theirs, "w"), write_through=True) as stderr:
        yield Terminal(command, screen, stderr)


@pytest.fixture
def customers_file(portal: Portal, cast: Cast, tmp_path: Path) -> Path:
    """File to import, beside a portal with a ticket and a file."""
    open_incident(portal, cast, uploads=[Upload("mesure.txt", b"2 Mbit/s")])
    file = tmp_path / "customers.csv"
    file.write_text("Nom\nMendi\n")
    return file


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        ("backup {folder}/monday.zip", ["copying the tables", "copying the files"]),
        ("verify", ["reading the log", "opening the files", "comparing the read models"]),
        ("projections verify", ["reading the log"]),
        ("projections rebuild", ["reading the log"]),
        ("organisation import {folder}/customers.csv", ["storing the organisations"]),
    ],
)
def test_a_terminal_shows_a_bar_for_each_step(
    terminal: Terminal, customers_file: Path, arguments: str, steps: list[str]
):
    ended, shown = terminal.run(*arguments.format(folder=customers_file.parent).split())

    assert (ended.code, "#" in ended.out) == (0, False)
    assert [step for step in steps if f"{step:<24}  {FINISHED}" not in shown] == []


@on_sqlite
def test_a_restore_shows_its_steps(terminal: Terminal, customers_file: Path, environment: pytest.MonkeyPatch):
    backup, elsewhere = customers_file.with_name("monday.zip"), customers_file.with_name("elsewhere")
    terminal.run("backup", str(backup))
    elsewhere.mkdir(mode=0o700)
    shutil.copy(customers_file.with_name("sealing_key"), elsewhere)
    environment.setenv("IZARLINK_DATA_DIR", str(elsewhere))
    environment.delenv("IZARLINK_DATABASE_URL")

    _, shown = terminal.run("restore", str(backup))

    steps = [
        "checking the tables",
        "checking the files",
        "restoring the files",
        "loading the tables",
        "reading the log",
    ]
    assert [step for step in steps if f"{step:<24}  {FINISHED}" not in shown] == []


@on_sqlite
def test_a_step_without_work_shows_no_bar(portal: Portal, terminal: Terminal):
    ended, shown = terminal.run("migrate")

    assert (ended.code, shown) == (0, "")


@on_sqlite
def test_json_holds_no_progress(portal: Portal, cast: Cast, terminal: Terminal):
    ended, shown = terminal.run("verify", "--json")

    assert {finding["status"] for finding in json.loads(ended.out)} == {"ok", "absent"}
    assert FINISHED in shown


@on_sqlite
def test_a_quiet_command_shows_nothing(portal: Portal, cast: Cast, terminal: Terminal):
    ended, shown = terminal.run("verify", "--quiet")

    assert (ended.code, shown) == (0, "")


def test_elsewhere_a_line_now_and_then_says_what_is_left(capsys: pytest.CaptureFixture[str]):
    times = iter([0.0, 1.0, LINE_SECONDS, LINE_SECONDS + 1, LINE_SECONDS * 2])
    progress = ProgressDisplay(lambda: next(times)).step("reading the log")

    for done in (10, 1_000, 1_001, 4_000):
        progress(done, 4_000)

    assert capsys.readouterr().err == (
        "reading the log: 1,000 of 4,000 (25%), 0:00:30 left\nreading the log: 4,000 of 4,000 (100%)\n"
    )


def test_without_stderr_the_work_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", None)
    progress = ProgressDisplay(iter([0.0, LINE_SECONDS]).__next__).step("reading the log")

    progress(1, 2)
