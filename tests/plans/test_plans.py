"""Every question that pages, polls and loops ask reads few rows of many."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from sqlalchemy import Index
from tests import postgres
from tests.cast import Cast, Clock
from tests.plans.effort import rows_read, vacuum
from tests.plans.questions import questions
from tests.plans.rows import TICKETS, fill
from tests.stage import set_up, settings_of

from izarlink_tickets.database import Database
from izarlink_tickets.outbox.table import outbox
from izarlink_tickets.projections import LIVE
from izarlink_tickets.projections.read_model import tables_of

# A page has 51 rows with five names each, and SQLite's count of instructions includes the values it returns.
FEW_ROWS = TICKETS // 20
INDEXES = sorted(
    (index for table in (outbox, *tables_of(LIVE[0])) for index in table.indexes), key=lambda index: str(index.name)
)


@dataclass(frozen=True)
class FilledDatabase:
    """A database with many tickets, and its people."""

    database: Database
    cast: Cast


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilledDatabase]:
    folder = tmp_path_factory.mktemp("plans")
    with ExitStack() as stack:
        url = None
        if request.param == "postgresql":
            server: postgres.Server = request.getfixturevalue("postgres_server")
            url = stack.enter_context(server.database())
        stage = set_up(folder, url)
        cast = stage.people(Clock())
        address = settings_of(folder, url).database_url
        database = Database(address, data_dir=folder)
        stack.callback(database.close)
        with database.command() as connection:
            fill(connection, cast)
        vacuum(address)
        yield FilledDatabase(database, cast)


def test_every_question_reads_few_rows(filled: FilledDatabase) -> None:
    with filled.database.query() as connection:
        read = {name: rows_read(connection, question) for name, question in questions(filled.cast).items()}

    assert {name: rows for name, rows in read.items() if rows > FEW_ROWS} == {}


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: str(index.name))
def test_without_an_index_some_question_reads_many(filled: FilledDatabase, index: Index) -> None:
    with filled.database.command() as connection:
        index.drop(connection)
        read = [rows_read(connection, question) for question in questions(filled.cast).values()]
        connection.rollback()

    assert max(read) > FEW_ROWS
