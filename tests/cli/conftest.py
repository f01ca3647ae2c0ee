"""Commands run in this process, on a migrated portal with everybody in it, by a clock that stands still."""

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
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]

# For what is the same on both databases because it doesn't come to them, or because the use case is tested on both.
on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Give an environment without any setting but a data folder."""
    for name in ("BIND", "DATABASE_URL", "DATA_DIR", "LOG_LEVEL"):
        monkeypatch.delenv(f"IZARLINK_{name}", raising=False)
    monkeypatch.setenv("IZARLINK_DATA_DIR", str(tmp_path))
    return monkeypatch


@pytest.fixture
def anywhere(environment: pytest.MonkeyPatch, clock: Clock, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Run a command with these settings, whatever is in the data folder."""

    def run(*arguments: str) -> Ended:
        # What the test itself has done so far is logged too.
        capsys.readouterr()
        with time_machine.travel(clock.advance(seconds=1), tick=False):
            code = main(arguments)
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    handlers, level = logging.root.handlers, logging.root.level
    yield run
    logging.root.handlers, logging.root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    # The commands run in this process: it would die at the first mail of another test, as it once did.
    assert not is_armed()


@pytest.fixture
def command(settings: Settings, anywhere: Command, environment: pytest.MonkeyPatch) -> Command:
    """Run a command on the portal of this test."""
    environment.setenv("IZARLINK_DATABASE_URL", settings.database_url)
    return anywhere


def is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.endswith("\n")
