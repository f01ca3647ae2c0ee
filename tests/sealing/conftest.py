"""Alice with a key, a sealed text and a sealed file."""

from contextlib import closing, suppress

import pytest
from tests.sealing.samples import ALICE, FILE, MASTER_KEY, NOW, TEXT

from izarlink_tickets.database import Database, metadata
from izarlink_tickets.sealing import Keys, create_key, installation, sealing_keys


class RolledBack(Exception):
    pass


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request, tmp_path):
    """Open a transaction with the tables and alice's key."""
    url = {"sqlite": lambda: "sqlite:///", "postgresql": lambda: request.getfixturevalue("postgres_url")}
    own_schema = {"sqlite": "SELECT 1", "postgresql": "CREATE SCHEMA apart; SET LOCAL search_path TO apart"}
    with (
        closing(Database(url[request.param](), data_dir=tmp_path)) as database,
        suppress(RolledBack),
        database.command() as connection,
    ):
        connection.exec_driver_sql(own_schema[request.param])
        metadata.create_all(connection, tables=[sealing_keys, installation])
        create_key(connection, ALICE, master_key=MASTER_KEY, now=NOW)
        yield connection
        raise RolledBack


@pytest.fixture
def keys(connection):
    return Keys(connection, MASTER_KEY)


@pytest.fixture
def token(keys):
    return keys.seal(ALICE, TEXT, context="here")


@pytest.fixture
def sealed_file(keys):
    return keys.seal_bytes(ALICE, FILE, context="file")
