"""Crashes of PostgreSQL under load; repeated commands run once."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tests import postgres
from tests.cast import Cast
from tests.faults.children import WAIT_SECONDS
from tests.faults.load import write_during
from tests.openings import open_incident
from tests.stage import Stage, set_up

from izarlink_tickets.application import Portal
from izarlink_tickets.cli.doctor.check_results import CheckStatus
from izarlink_tickets.cli.doctor.database_checks import check_database
from izarlink_tickets.config import Settings

# In the suite, and in a long run.
CRASHES = (2, 20)


pytestmark = pytest.mark.fault(32)


@dataclass(frozen=True)
class OwnServer:
    """A PostgreSQL server that these tests may crash."""

    folder: Path

    def crash_and_restart(self) -> None:
        """Stop all processes as in a crash, and recover."""
        # Not the log of the first start, which may belong to another account.
        self._control("restart", "-l", str(self.folder / "log-of-restarts")).check_returncode()

    def stop(self) -> None:
        """Stop the restarted server, if it runs."""
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
    # The server that the environment names must not crash.
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

    answer = portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")

    assert answer.entry == 2


def test_commands_repeated_until_answered_happen_once_across_crashes(own_server, portal, cast, rounds) -> None:
    entries = write_during(own_server.crash_and_restart, portal, cast, times=rounds(*CRASHES))

    assert entries == [list(range(2, len(answered) + 2)) for answered in entries]


def test_the_doctor_warns_of_a_server_without_fsync(settings: Settings, portal: Portal) -> None:
    findings = {finding.check: finding for finding in check_database(settings)}

    assert findings["database"].status is CheckStatus.WARNING
    assert "fsync" in findings["database"].detail
