"""The two databases that every test of more than the domain runs on: a SQLite file and a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from tests import postgres
from tests.cast import Cast, Clock
from tests.stage import Stage, make_schema, set_up, settings_of

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.database import Database

# A test that kills a process or cuts a connection may leave a transaction behind, and its locks.
_end_other_sessions = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """Name a database of this test process, with whatever the last test left in it."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def fresh_postgres_url(postgres_url: str, tmp_path: Path) -> str:
    """Name a database with the whole schema and nothing else."""
    database = Database(postgres_url, data_dir=tmp_path)
    # A database of its own for each test would cost 0.3 s; this takes a tenth of that.
    with database.command() as connection:
        connection.execute(_end_other_sessions)
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    make_schema(database)
    database.close()
    return postgres_url


@pytest.fixture
def fresh_sqlite_url(tmp_path: Path) -> str:
    """Name a file with the whole schema and nothing else."""
    url = f"sqlite:///{tmp_path / 'izarlink.db'}"
    database = Database(url, data_dir=tmp_path)
    make_schema(database)
    database.close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    # Asked for by name, so that a run without tests on PostgreSQL starts no server.
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
    folder = tmp_path_factory.mktemp("stage")
    return Stage(folder, set_up(settings_of(folder)))


@pytest.fixture(scope="session")
def postgresql_stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("stage")
    with postgres_server.database() as url:
        cast = set_up(settings_of(folder, url))
        yield Stage(folder, cast, postgres_server, str(make_url(url).database))


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest) -> Stage:
    found = request.getfixturevalue(f"{request.param}_stage")
    assert isinstance(found, Stage)
    return found


@pytest.fixture
def settings(stage: Stage, tmp_path: Path) -> Iterator[Settings]:
    with stage.copy(tmp_path) as settings:
        yield settings


@pytest.fixture
def portal(settings: Settings) -> Iterator[Portal]:
    """Open a portal with everybody in it and no ticket; `cast` says who they are."""
    portal = open_portal(settings, load_keys(settings))
    yield portal
    portal.database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cast(stage: Stage, clock: Clock) -> Cast:
    return stage.people(clock)
