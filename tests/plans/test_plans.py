"""Questions of pages, polls and loops, which read few rows."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from tests import postgres
from tests.cast import Cast, Clock
from tests.plans.effort import rows_read, vacuum
from tests.plans.questions import questions
from tests.plans.rows import TICKETS, fill
from tests.stage import set_up, settings_of

from izarlink_tickets.database import Database

# A page has 51 rows with five names each; SQLite's instructions for values are counted as rows, too.
FEW_ROWS = TICKETS // 20
# The question that each index serves, by the columns or the name's end.
SERVED = {
    ("ticket_list", "state,queue_rank,number"): "CLOTURE by priority",
    ("ticket_list", "state,last_activity_at,number"): "the desk's view tous",
    ("ticket_list", "state,title_folded,number"): "all tickets, titre",
    ("ticket_list", "state,urgency_rank,number"): "all tickets, urgence",
    ("ticket_list", "state,number"): "all tickets, etat",
    ("ticket_list", "organisation_id,state,queue_rank,number"): "a customer's tickets, -priorite",
    ("ticket_list", "organisation_id,state,last_activity_at,number"): "the company's list, activite",
    ("ticket_list", "organisation_id,state,title_folded,number"): "the company's list, titre",
    ("ticket_list", "organisation_id,state,urgency_rank,number"): "the company's list, urgence",
    ("ticket_list", "organisation_id,state,number"): "the company's list, etat",
    ("ticket_list", "requester_id,state,last_activity_at,number"): "my tickets",
    ("ticket_list", "service_id,state,last_activity_at,number"): "a service's tickets, -activite",
    ("ticket_list", "assignee_id,state,queue_rank,number"): "a technician's tickets, -priorite",
    ("ticket_list", "assignee_id,state,last_activity_at,number"): "a technician's tickets, -activite",
    ("ticket_list", "category,state,queue_rank,number"): "a rare category",
    ("ticket_list", "urgent"): "the desk's view haute-urgence",
    ("ticket_list", "silent"): "the desk's view sans-reponse",
    ("outbox", "doubtful"): "mail problems",
    ("outbox", "failed"): "mail problems",
    ("outbox", "handled"): "handled mails",
    ("deadlines", "due,since"): "due: information-reminder",
}


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


@pytest.mark.parametrize(("index", "name"), SERVED.items(), ids=[*map("-".join, SERVED)])
def test_without_its_index_a_question_reads_more(filled: FilledDatabase, index: tuple[str, str], name: str) -> None:
    question, read = questions(filled.cast)[name], list[int]()

    with suppress(_Undone), filled.database.command() as connection:
        read.append(rows_read(connection, question))
        connection.execute(text(f'DROP INDEX "{index_name(connection, *index)}"'))
        read.append(rows_read(connection, question))
        raise _Undone

    before, after = read
    assert after > before * 1.4


def index_name(connection: Connection, table: str, sought: str) -> str:
    """Return the name of an index.

    A swapped-in table's is not that of the model.
    """
    by_key = {",".join(map(str, index["column_names"])): index["name"] for index in _indexes(connection, table)}
    by_end = {str(index["name"]).rpartition("_")[2]: index["name"] for index in _indexes(connection, table)}
    return str(by_end.get(sought) or by_key[sought])


def _indexes(connection: Connection, table: str) -> list[ReflectedIndex]:
    # Partial indexes first, so that a whole one of the same columns is found by these.
    indexes = inspect(connection).get_indexes(table)
    return sorted(indexes, key=lambda index: not str(index["name"]).endswith(("unassigned", "urgent", "silent")))


class _Undone(Exception):
    """Rolls the removal of the index back."""
