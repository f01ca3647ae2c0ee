"""The client of the authorisation matrix, built once per test run."""

from collections.abc import Iterator

import pytest
from tests.cast import Clock
from tests.stage import Stage
from tests.web.applications import application
from tests.web.rights.matrix_client import MatrixClient, open_matrix_client

from izarlink_tickets.application import open_portal
from izarlink_tickets.config import load_keys


@pytest.fixture(scope="session")
def shared_client(sqlite_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MatrixClient]:
    settings, cast = sqlite_stage.settings(tmp_path_factory.mktemp("matrix")), sqlite_stage.people(Clock())
    portal = open_portal(settings, load_keys(settings))
    yield open_matrix_client(application(portal, cast.clock), portal, cast)
    portal.database.close()


@pytest.fixture
def client(shared_client: MatrixClient) -> MatrixClient:
    """Return the client on its initial database."""
    application(shared_client.portal, shared_client.cast.clock)
    return shared_client
