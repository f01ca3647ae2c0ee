"""An interrupted migration changes nothing; the next run completes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count

import pytest
from sqlalchemy import Engine, event, inspect, text
from tests.faults.children import migration_killed_at
from tests.migrations.inspection import opened, shape

from izarlink_tickets.application.operations.schema import migrate, schema_is_current
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database
from izarlink_tickets.failpoints import EXIT_CODE

# Statements between two interruptions: in the suite, and in a long run.
KILLED_STEP, INTERRUPTED_STEP = (19, 1), (7, 1)


@pytest.fixture
def database(empty: Settings) -> Iterator[Database]:
    database = Database(empty.database_url, data_dir=empty.data_dir)
    yield database
    database.close()


@pytest.mark.fault(46)
def test_a_killed_migration_changes_nothing_and_the_next_completes(
    empty: Settings, database: Database, rounds: Callable[[int, int], int]
) -> None:
    left = list(tables_left_by_killed_migrations(empty, database, step=rounds(*KILLED_STEP)))

    assert left
    assert left == [[]] * len(left)
    assert schema_is_current(database)


def tables_left_by_killed_migrations(settings: Settings, database: Database, *, step: int) -> Iterator[list[str]]:
    """Kill migrations, each later than the one before, and list the tables.

    step: statements between two kills. Ends with a migration that completes.
    """
    for nth in count(1, step):
        exit_code = migration_killed_at(nth, settings=settings)
        if exit_code == 0:
            return
        assert exit_code == EXIT_CODE
        with database.query() as connection:
            yield inspect(connection).get_table_names()


# --- the keys and the lists as well -----------------------------------------------------------------------------------


@pytest.mark.fault(46)
def test_a_migration_interrupted_at_any_statement_is_completed_later(
    empty: Settings, declared: Settings, rounds: Callable[[int, int], int]
):
    statements = _migrate_through_interruptions(empty, step=rounds(*INTERRUPTED_STEP))

    assert statements > 40
    assert shape(empty) == shape(declared)
    with opened(empty) as database:
        assert schema_is_current(database)


@pytest.mark.fault(46)
def test_a_migration_interrupted_after_the_steps_is_completed_later(
    migrated: Settings, rounds: Callable[[int, int], int]
):
    with opened(migrated) as database, database.command() as connection:
        for table in ("read_models", "installation"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the two names above

    statements = _migrate_through_interruptions(migrated, step=rounds(*INTERRUPTED_STEP))

    assert statements > 20
    with opened(migrated) as database:
        assert schema_is_current(database)
    assert migrate(migrated).has_rebuilt is False


class Interrupted(Exception):
    """Stands for the end of the process."""


@contextmanager
def _interrupted_before(nth: int) -> Iterator[None]:
    """Fail before the nth statement within the block."""
    statements = count(1)

    def fail(*_: object) -> None:
        if next(statements) == nth:
            raise Interrupted

    event.listen(Engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", fail)


def _migrate_through_interruptions(settings: Settings, *, step: int) -> int:
    """Interrupt runs, each later than the one before, until one completes.

    step: statements between two interruptions. Returns the number of statements of the last run.
    """
    for nth in count(1, step):
        with suppress(Interrupted), _interrupted_before(nth):
            migrate(settings)
            return nth
    raise AssertionError
