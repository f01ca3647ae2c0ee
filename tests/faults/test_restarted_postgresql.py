"""PostgreSQL crashes and comes back under load: whoever repeats a command gets its answer, and it happened once."""

import os
import shlex
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests import postgres
from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS
from tests.faults.progress import Progress
from tests.openings import open_incident
from tests.stage import Stage, set_up

from izarlink_tickets.application import Portal
from izarlink_tickets.database import CommitUnknown, DatabaseBusy, DatabaseUnreachable

# In the suite, and in a long run.
CRASHES = (2, 20)
ANSWERS_BETWEEN = 5
PAUSE_SECONDS = 0.01
PASSING = (CommitUnknown, DatabaseBusy, DatabaseUnreachable)


pytestmark = pytest.mark.fault(32)


@dataclass(frozen=True)
class OwnServer:
    """A PostgreSQL of this file's own, which may be crashed."""

    folder: Path

    def crash_and_restart(self) -> None:
        """Let all its processes drop everything, as in a crash, and recover."""
        # Not the log of the first start: that one may be another account's.
        self._control("restart", "-l", str(self.folder / "log-of-restarts")).check_returncode()

    def stop(self) -> None:
        """Stop what `crash_and_restart` has started, if it runs."""
        self._control("stop")

    def _control(self, *command: str) -> "subprocess.CompletedProcess[bytes]":
        data = self.folder / "data"
        started_by = shlex.split((data / "postmaster.opts").read_text())[0]
        is_root = os.geteuid() == 0
        owner = data.stat()
        return subprocess.run(
            [Path(started_by).with_name("pg_ctl"), *command, "-w", "-s", "-D", data, "-m", "immediate"],
            cwd=self.folder,
            user=owner.st_uid if is_root else None,
            group=owner.st_gid if is_root else None,
            extra_groups=[owner.st_gid] if is_root else None,
            stdout=subprocess.DEVNULL,
            timeout=WAIT_SECONDS,
            check=False,
        )


@pytest.fixture
def own_server() -> Iterator[OwnServer]:
    # Whatever server the environment names must not be crashed.
    with postgres.server(postgres.find_binaries()) as server:
        own = OwnServer(Path(str(make_url(server.url).query["host"])))
        yield own
        own.stop()


@pytest.fixture
def stage(own_server: OwnServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    url = f"postgresql://postgres@/postgres?host={own_server.folder}"
    return set_up(tmp_path_factory.mktemp("stage"), url)


def test_the_next_command_after_a_restart_works(own_server: OwnServer, portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    own_server.crash_and_restart()

    answer = portal.tickets.add_follow_up(cast.act("alice"), number=number, text="Toujours lent.")

    assert answer.entry == 2


def test_commands_repeated_until_answered_happen_once_across_crashes(own_server, portal, cast, rounds) -> None:
    numbers = [open_incident(portal, cast) for _ in range(2)]
    progress = Progress()

    def write(number: int) -> list[int]:
        entries = []
        while not progress.is_over:
            entries.append(follow_up_until_answered(portal, cast, number))
            progress.advance()
        return entries

    with ThreadPoolExecutor(len(numbers)) as pool:
        writers = [pool.submit(write, number) for number in numbers]
        try:
            crash_repeatedly(own_server, progress, times=rounds(*CRASHES))
        finally:
            progress.end()

    entries = [writer.result() for writer in writers]
    assert entries == [list(range(2, len(answered) + 2)) for answered in entries]


def follow_up_until_answered(portal: Portal, cast: Cast, number: int) -> int:
    act, deadline = cast.act("alice"), time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return portal.tickets.add_follow_up(act, number=number, text="Toujours lent.").entry
        except PASSING:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_SECONDS)


def crash_repeatedly(server: OwnServer, progress: Progress, *, times: int) -> None:
    for _ in range(times):
        progress.wait_for(more=ANSWERS_BETWEEN)
        server.crash_and_restart()
    progress.wait_for(more=ANSWERS_BETWEEN)
