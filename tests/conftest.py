"""Databases, portals and people for all tests, on SQLite and PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.asvs import RequirementsPlugin
from tests.cast import Cast, Clock
from tests.faults.invariants import CHECKED, breaches
from tests.stage import Stage, copy_rows, empty, make_schema, restore_rows, set_up
from tests.statements import share_statements

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.database import Database
from izarlink_tickets.i18n import use_language


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults", action="store_true", help="also run the tests marked fault_run")
    parser.addoption("--attack", action="store_true", help="also run the tests marked attack")
    parser.addoption("--rounds", action="store_true", help="repeat faults as often as docs/faults.md promises")


def pytest_configure(config: pytest.Config) -> None:
    share_statements()
    config.pluginmanager.register(RequirementsPlugin())


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = {
        marker for marker, option in (("fault_run", "--faults"), ("attack", "--attack")) if not config.getoption(option)
    }
    deselected = [item for item in items if left_out & {marker.name for marker in item.iter_markers()}]
    items[:] = [item for item in items if item not in set(deselected)]
    config.hook.pytest_deselected(items=deselected)


@pytest.fixture(scope="session")
def rounds(pytestconfig: pytest.Config) -> Callable[[int, int], int]:
    """Return the choice between few repetitions and many.

    Few in the suite; many with --rounds, as docs/faults.md promises.
    """
    is_long = pytestconfig.getoption("--rounds")
    return lambda few, many: many if is_long else few


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """Record a figure for the report of `./run attack`."""
    return lambda name, value: record_property("figure", f"{name}: {value}")


@pytest.fixture(autouse=True)
def french_locale() -> Iterator[None]:
    """Start each test in French, independent of the previous test."""
    with use_language("fr"):
        yield


@pytest.fixture(autouse=True)
def invariants_after_a_fault(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]):
    """Verify everything that is stored after a fault on a portal."""
    is_fault = request.node.get_closest_marker("fault") and "portal" in request.fixturenames
    # Requested first, so that it is closed last.
    portal = request.getfixturevalue("portal") if is_fault else None
    yield
    if portal:
        assert breaches(portal) == []
        record_property("invariants", CHECKED)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of this process's database, which tests share.

    It holds what the previous test left in it.
    """
    with postgres_server.database() as url:
        make_schema(url, tmp_path_factory.mktemp("schema"))
        copy_rows(url)
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_url: str, tmp_path: Path) -> str:
    """Return the URL of a database with the schema and no content."""
    # Creating the tables takes 80 ms, restoring their first rows a tenth of that.
    if not restore_rows(postgres_url):
        empty(postgres_url)
        make_schema(postgres_url, tmp_path)
    return postgres_url


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "izarlink.db"
    make_schema(f"sqlite:///{file}", file.parent)
    return file


@pytest.fixture
def fresh_sqlite_url(sqlite_schema: Path, tmp_path: Path) -> str:
    """Return the URL of a file with the schema and no content."""
    return f"sqlite:///{shutil.copy(sqlite_schema, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    # Requested by name, so that a run without tests on PostgreSQL starts no server.
    fixture = {"sqlite": "fresh_sqlite_url", "postgresql": "fresh_postgres_url"}[request.param]
    return str(request.getfixturevalue(fixture))


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url, data_dir=tmp_path)
    yield database
    database.close()


# --- a whole portal ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_up(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="session")
def postgresql_stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server) -> Iterator[Stage]:
    with postgres_server.database() as url:
        yield set_up(tmp_path_factory.mktemp("stage"), url)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    stage = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(stage, Stage)
    return stage


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> Settings:
    return stage.settings(tmp_path)


@pytest.fixture
def portal(settings: Settings) -> Iterator[Portal]:
    """Open a portal with the people of `cast` and no ticket."""
    portal = open_portal(settings, load_keys(settings))
    yield portal
    portal.database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cast(stage: Stage, clock: Clock) -> Cast:
    return stage.people(clock)
