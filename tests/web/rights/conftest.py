"""The personas of the authorisation matrix, created once per run."""

from collections.abc import Iterator

import pytest
from tests.cast import Clock
from tests.stage import Stage
from tests.web.applications import application
from tests.web.rights.personas import Personas, open_personas

from izarlink_tickets.application import open_portal
from izarlink_tickets.config import load_keys


@pytest.fixture(scope="session")
def shared_personas(sqlite_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Personas]:
    settings, cast = sqlite_stage.settings(tmp_path_factory.mktemp("personas")), sqlite_stage.people(Clock())
    portal = open_portal(settings, load_keys(settings))
    yield open_personas(application(portal, cast.clock), portal, cast)
    portal.database.close()


@pytest.fixture
def personas(shared_personas: Personas) -> Personas:
    """Return the personas, with the application on their portal."""
    application(shared_personas.portal, shared_personas.cast.clock)
    return shared_personas
