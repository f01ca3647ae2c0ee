"""The scene of the authorisation matrix, made once per test run."""

from collections.abc import Iterator

import pytest
from flask import Flask
from tests.cast import Clock
from tests.stage import Stage
from tests.web.rights.scene import Scene, open_scene

from izarlink_tickets.application import open_portal
from izarlink_tickets.config import load_keys
from izarlink_tickets.web import create_app
from izarlink_tickets.web.context import register_world


@pytest.fixture(scope="session")
def scene_of_all(
    sqlite_stage: Stage, shared_apps: dict[str, Flask], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    settings, cast = sqlite_stage.settings(tmp_path_factory.mktemp("scene")), sqlite_stage.people(Clock())
    portal = open_portal(settings, load_keys(settings))
    app = shared_apps.setdefault(str(sqlite_stage.folder), create_app(portal, clock=cast.clock))
    app.config["TESTING"] = True
    register_world(app, portal=portal, clock=cast.clock)
    yield open_scene(app, portal, cast)
    portal.database.close()


@pytest.fixture
def scene(scene_of_all: Scene) -> Scene:
    """Give the scene, as it was at first."""
    register_world(scene_of_all.app, portal=scene_of_all.portal, clock=scene_of_all.cast.clock)
    return scene_of_all
