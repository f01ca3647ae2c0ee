"""Commands run inside the test process, with a frozen clock."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog
import time_machine
from tests.cast import Clock

from izarlink_tickets.cli import main
from izarlink_tickets.config import Settings
from izarlink_tickets.failpoints import is_armed


@dataclass(frozen=True)
class Ended:
    """Exit code and output of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]

# For behaviour that does not depend on the database, or whose use case is tested on both.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Environment whose only setting is the data folder."""
    for name in ("BIND", "DATABASE_URL", "DATA_DIR", "LOG_LEVEL"):
        monkeypatch.delenv(f"IZARLINK_{name}", raising=False)
    monkeypatch.setenv("IZARLINK_DATA_DIR", str(tmp_path))
    return monkeypatch


@pytest.fixture
def anywhere(environment: pytest.MonkeyPatch, clock: Clock, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command with these settings, whatever is in the data folder."""

    def run(*arguments: str) -> Ended:
        # Drop what the test itself has logged so far.
        capsys.readouterr()
        with time_machine.travel(clock.advance(seconds=1), tick=False):
            code = main(arguments)
        output = capsys.readouterr()
        return Ended(code, output.out, output.err)

    handlers, level = logging.root.handlers, logging.root.level
    yield run
    logging.root.handlers, logging.root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    # An armed failpoint would kill this process in a later test, as it once did.
    assert not is_armed()


@pytest.fixture
def command(settings: Settings, anywhere: Command, environment: pytest.MonkeyPatch) -> Command:
    """Run a command on the portal of this test."""
    environment.setenv("IZARLINK_DATABASE_URL", settings.database_url)
    return anywhere


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")
