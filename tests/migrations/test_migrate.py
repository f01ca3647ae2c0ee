"""`migrate`: the numbered steps create the declared schema, once."""

import base64
import os
import threading

import pytest
from sqlalchemy import Connection, text
from tests.cast import Cast
from tests.migrations.inspection import content, opened, shape
from tests.openings import closed_incident, open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.schema import (
    SchemaIsNewer,
    SchemaIsOlder,
    migrate,
    require_current_schema,
    revisions,
    schema_is_current,
)
from izarlink_tickets.config import Settings, SettingsError
from izarlink_tickets.directory import list_categories
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES
from izarlink_tickets.event_store import last_position
from izarlink_tickets.projections import VERSIONS, ReadModelsOutdated
from izarlink_tickets.projections.rebuilding import RebuildEstimate
from izarlink_tickets.projections.versions import live_versions, record_version, token
from izarlink_tickets.sealing import WrongSealingKey


def test_the_steps_create_the_declared_schema(migrated: Settings, declared: Settings):
    assert shape(migrated) == shape(declared)


def test_the_steps_insert_the_initial_rows(migrated: Settings, declared: Settings):
    [declared_head] = content(declared)["log_head"]

    assert content(migrated)["log_head"] == [(*declared_head[:-1], token(VERSIONS))]


def test_the_steps_insert_the_categories_of_the_guide(migrated: Settings):
    with opened(migrated) as database, database.query() as connection:
        assert [category.leaf for category in list_categories(connection)] == list(GUIDE_CATEGORIES.values())


def test_a_migrated_database_is_current(migrated: Settings):
    with opened(migrated) as database:
        assert schema_is_current(database)


def test_the_first_run_creates_keys_readable_by_their_owner_alone(migrated: Settings):
    keys = [migrated.data_dir / "secret_key", migrated.data_dir / "sealing_key"]

    assert [key.stat().st_mode & 0o777 for key in keys] == [0o600, 0o600]


def test_a_second_run_changes_nothing(migrated: Settings):
    before = content(migrated), (migrated.data_dir / "sealing_key").read_bytes()

    done = migrate(migrated)

    assert (done.created_keys, done.before == done.after, done.has_rebuilt) == ((), True, False)
    assert (content(migrated), (migrated.data_dir / "sealing_key").read_bytes()) == before


def test_an_empty_database_is_not_current(empty: Settings):
    with opened(empty) as database, pytest.raises(SchemaIsOlder) as refused:
        require_current_schema(database)

    assert (refused.value.stored, refused.value.known) == (None, revisions()[-1])


@pytest.mark.fault(48)
def test_a_database_of_a_later_release_stays_unchanged(migrated: Settings):
    with opened(migrated) as database, database.command() as connection:
        become_later(connection, compatible_with="9999")
    before = content(migrated)

    with pytest.raises(SchemaIsNewer) as refused:
        migrate(migrated)

    assert (refused.value.stored, refused.value.known) == ("9999", revisions()[-1])
    assert content(migrated) == before


def become_later(connection: Connection, *, compatible_with: str) -> None:
    """Pretend that a later release has run its steps."""
    connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    oldest = text("UPDATE installation SET value = :oldest WHERE name = 'oldest_compatible_step'")
    connection.execute(oldest, {"oldest": compatible_with})


@pytest.fixture
def upgraded(migrated: Settings) -> Settings:
    """Return an installation that a later, compatible release has migrated."""
    with opened(migrated) as database, database.command() as connection:
        become_later(connection, compatible_with=revisions()[-1])
        connection.execute(text("UPDATE read_models SET shape = 99 WHERE name = 'history'"))
        connection.execute(text("INSERT INTO read_models (name, shape) VALUES ('from_the_future', 1)"))
    return migrated


@pytest.mark.fault(48)
def test_a_release_can_be_rolled_back_to(upgraded: Settings):
    with opened(upgraded) as database, pytest.raises(ReadModelsOutdated):
        require_current_schema(database)

    done = migrate(upgraded)

    assert (done.before, done.after, done.has_rebuilt) == ("9999", "9999", True)
    with opened(upgraded) as database:
        require_current_schema(database)
        with database.query() as connection:
            assert live_versions(connection) == VERSIONS


@pytest.mark.fault(48)
def test_an_old_program_does_not_write_to_newer_read_models(portal: Portal, cast: Cast):
    with portal.database.command() as connection:
        record_version(connection, "history", 99)

    with pytest.raises(ReadModelsOutdated):
        open_incident(portal, cast)

    with portal.database.query() as connection:
        assert connection.execute(text("SELECT count(*) FROM events WHERE topic LIKE '%opened%'")).scalar_one() == 0


def test_outdated_read_models_are_rebuilt(migrated: Settings):
    with opened(migrated) as database, database.command() as connection:
        connection.execute(text("UPDATE read_models SET shape = shape + 1"))
    with opened(migrated) as database, pytest.raises(ReadModelsOutdated):
        require_current_schema(database)

    done = migrate(migrated)

    assert done.has_rebuilt
    with opened(migrated) as database:
        assert schema_is_current(database)


def test_another_sealing_key_is_refused(migrated: Settings):
    other = migrated.model_copy(update={"sealing_key": os.urandom(32)})

    with pytest.raises(WrongSealingKey):
        migrate(other)


def test_a_lost_sealing_key_is_never_replaced(migrated: Settings):
    (migrated.data_dir / "sealing_key").unlink()

    with pytest.raises(SettingsError, match="put it back"):
        migrate(migrated)

    assert not (migrated.data_dir / "sealing_key").exists()


def test_configured_keys_are_not_created(empty: Settings):
    keys = {f"IZARLINK_{name}": base64.b64encode(os.urandom(32)).decode() for name in ("SECRET_KEY", "SEALING_KEY")}
    environment = {"IZARLINK_DATA_DIR": str(empty.data_dir), "IZARLINK_DATABASE_URL": empty.database_url, **keys}

    done = migrate(Settings.read(environment))

    assert done.created_keys == ()


def test_two_runs_at_once_create_one_database(empty: Settings):
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrate(empty)
        except BaseException as error:  # noqa: BLE001 - the assertion shows it
            failures.append(error)

    runs = [threading.Thread(target=run) for _ in range(2)]
    _run_all(runs)

    assert failures == []
    with opened(empty) as database:
        assert schema_is_current(database)


def _run_all(runs: list[threading.Thread]) -> None:
    for run in runs:
        run.start()
    for run in runs:
        run.join()


def test_the_length_of_a_rebuild_is_announced_before_it(portal: Portal, cast: Cast):
    closed_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(text("UPDATE read_models SET shape = shape + 1"))
    announced = list[RebuildEstimate]()

    migrate(portal.settings, announce=announced.append)

    with portal.database.query() as connection:
        assert [estimate.events for estimate in announced] == [last_position(connection)]
    assert announced[0].seconds > 0
