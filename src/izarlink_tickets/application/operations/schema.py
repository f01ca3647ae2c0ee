"""Schema of the database: checked by every start, changed by `migrate` alone.

Durable tables change by the numbered steps of `migrations`; read models are rebuilt. A starting worker never creates a
table.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, event, inspect, select, table

from izarlink_tickets.application.operations.key_register import register_keys
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, create_keys, load_keys
from izarlink_tickets.database import Database
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.progress import Progress, no_progress
from izarlink_tickets.projections import VERSIONS, ReadModelsOutdated
from izarlink_tickets.projections.rebuilding import Rebuilder, RebuildEstimate
from izarlink_tickets.projections.versions import require_versions
from izarlink_tickets.sealing import check_master_key, installation, remember_master_key

# The oldest step whose program can work with this schema, so that a release can run beside the next one and be rolled
# back to. Raise it with a step that removes what earlier programs use.
OLDEST_COMPATIBLE = "0001"
_OLDEST = "oldest_compatible_step"

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# Alembic's own.
_versions = table("alembic_version", column("version_num"))


class SchemaUnfit(Exception):
    """The database has another schema than this code expects."""


@dataclass(eq=False)
class SchemaIsOlder(SchemaUnfit):
    """`migrate` has not been run since this code was installed.

    stored: None in an empty database.
    """

    stored: str | None
    known: str


@dataclass(eq=False)
class SchemaIsNewer(SchemaUnfit):
    """Later code has migrated this database."""

    stored: str
    known: str


@dataclass(frozen=True, slots=True)
class Migration:
    """The result of `migrate`. before: None for an empty database."""

    created_keys: tuple[Path, ...]
    before: str | None
    after: str
    has_rebuilt: bool


def revisions() -> list[str]:
    """List the steps that this code knows, in their order.

    Read from the file names, because every start needs them and loading Alembic takes a quarter of a second.
    """
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def stored_revision(connection: Connection) -> str | None:
    """Return the last step of the database; None before the first."""
    if not inspect(connection).has_table(_versions.name):
        return None
    return connection.execute(select(_versions)).scalar_one_or_none()


def schema_is_current(database: Database) -> bool:
    """Return whether pages and commands can use this database. Raises: DatabaseBusy, DatabaseUnreachable."""
    try:
        require_current_schema(database)
    except (SchemaUnfit, ReadModelsOutdated):
        return False
    return True


def require_current_schema(database: Database) -> None:
    """Check the schema. Raises: SchemaIsOlder, SchemaIsNewer, ReadModelsOutdated."""
    with database.query() as connection:
        stored, known = stored_revision(connection), revisions()
        _refuse_newer(connection, stored, known)
        if stored in known[:-1] or stored is None:
            raise SchemaIsOlder(stored, known[-1])
        require_versions(connection, VERSIONS)


def require_master_key(database: Database, keys: MasterKeys) -> None:
    """Check that the database's sealing key is known. Raises: WrongSealingKey."""
    with database.query() as connection:
        check_master_key(connection, keys.sealing)


def migrate(
    settings: Settings,
    *,
    progress: Progress = no_progress,
    announce: Callable[[RebuildEstimate], None] = lambda _: None,
) -> Migration:
    """Create missing keys, run missing steps, build outdated read models.

    progress: of building the read models, in events. announce: called before, with the time that it will take.
    A second run changes nothing. Each part is done whole or not at all: the next run completes an interrupted one.
    Raises: SchemaIsNewer, SettingsError, WrongSealingKey, DatabaseBusy, DatabaseUnreachable, StorageFull.
    """
    with closing(Database(settings.database_url, data_dir=settings.data_dir)) as database, database.lock_migrations():
        known = revisions()
        with database.query() as connection:
            before = stored_revision(connection)
            _refuse_newer(connection, before, known)
            is_sealed = before is not None and connection.execute(select(installation)).first() is not None
        created = _create_keys(settings, is_sealed=is_sealed)
        keys = load_keys(settings)
        if before is None or before in known[:-1]:
            _upgrade(database)
        with database.command() as connection:
            remember_master_key(connection, keys.sealing)
            register_keys(connection, keys)
        has_rebuilt = Rebuilder(database, sealing_key=keys.sealing, mapper_of=mapper_of).ensure(
            progress=progress, announce=announce
        )
        after = before if before is not None and before not in known else known[-1]
        return Migration(tuple(created), before, after, has_rebuilt)


def _create_keys(settings: Settings, *, is_sealed: bool) -> list[Path]:
    """Create the missing keys, but never a second SEALING_KEY.

    A second key could not open what the first has sealed.
    """
    if is_sealed and settings.sealing_key is None and not (settings.data_dir / "sealing_key").exists():
        raise SettingsError(
            "IZARLINK_SEALING_KEY is missing, and this database was sealed with one; put it back, it can't be replaced."
        )
    return create_keys(settings)


def _upgrade(database: Database) -> None:
    """Run the missing steps in one transaction.

    An interruption undoes all of them.
    """
    with database.command() as connection:
        event.listen(connection, "before_cursor_execute", lambda *_: failpoint(Point.MIGRATION_STATEMENT))
        upgrade(connection)


def upgrade(connection: Connection) -> None:
    """Run all missing steps in the caller's transaction.

    Stores the oldest step whose program can use the result.
    """
    run_steps(connection)
    connection.execute(installation.delete().where(installation.c.name == _OLDEST))
    connection.execute(installation.insert().values(name=_OLDEST, value=OLDEST_COMPATIBLE))


def run_steps(connection: Connection, *, until: str = "head") -> None:
    """Run the missing steps in the caller's transaction.

    until: the last step to run.
    """
    from alembic import command, config  # noqa: PLC0415 - takes a quarter of a second; most starts need no step

    alembic = config.Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, until)


def _refuse_newer(connection: Connection, stored: str | None, known: list[str]) -> None:
    """Raise SchemaIsNewer for an incompatible schema of a later release.

    The later release has stored the oldest step whose program can use its schema.
    """
    if stored is None or stored in known:
        return
    oldest = connection.execute(select(installation.c.value).where(installation.c.name == _OLDEST)).scalar_one_or_none()
    if oldest not in known:
        raise SchemaIsNewer(stored, known[-1])
