"""Fixtures of the attacks: their own portals."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.attack.assault import FEW, Assault
from tests.attack.payloads import COMBINED
from tests.attack.world import World, open_world
from tests.stage import Stage


@pytest.fixture(scope="session")
def assailed(sqlite_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assault]:
    """Attack each form once, with script, header and formula in one."""
    with open_world(sqlite_stage, tmp_path_factory.mktemp("assailed")) as world:
        assault = Assault(world, (COMBINED,), FEW)
        with capture_logs():
            assault.run()
        yield assault


@pytest.fixture
def world(stage: Stage, tmp_path: Path) -> Iterator[World]:
    with open_world(stage, tmp_path / "world") as world, capture_logs():
        yield world
