"""The scene of the authorisation matrix, made once per test run."""

from collections.abc import Iterator

import pytest
from tests.cast import Clock
from tests.stage import Stage
from tests.web.applications import application
from tests.web.rights.scene import Scene, open_scene

from izarlink_tickets.application import open_portal
from izarlink_tickets.config import load_keys


@pytest.fixture(scope="session")
def scene_of_all(sqlite_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    settings, cast = sqlite_stage.settings(tmp_path_factory.mktemp("scene")), sqlite_stage.people(Clock())
    portal = open_portal(settings, load_keys(settings))
    yield open_scene(application(portal, cast.clock), portal, cast)
    portal.database.close()


@pytest.fixture
def scene(scene_of_all: Scene) -> Scene:
    """Give the scene as it was at first, with the application on its portal."""
    application(scene_of_all.portal, scene_of_all.cast.clock)
    return scene_of_all
