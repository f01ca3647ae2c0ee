"""Bring the database to the shape that this code expects, and say whether it has it (D10).

Durable tables change by the numbered steps of `migrations`, read models are rebuilt. Only `migrate` writes here, and
nothing but a command calls it: a worker that starts never creates a table.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, column, event, inspect, select, table

from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.config import MasterKeys, Settings, SettingsError, create_keys, load_keys
from izarlink_tickets.database import Database
from izarlink_tickets.failpoints import Point, failpoint
from izarlink_tickets.projections import VERSIONS, ReadModelsOutdated
from izarlink_tickets.projections.rebuilding import Rebuilder
from izarlink_tickets.projections.versions import require_versions
from izarlink_tickets.sealing import check_master_key, installation, remember_master_key

# The oldest step whose program can work with this one's schema, so that a release can run beside the next and be rolled
# back to. To be raised by a step that takes away what earlier programs use.
OLDEST_COMPATIBLE = "0001"
_OLDEST = "oldest_compatible_step"

MIGRATIONS = Path(__file__).parents[2] / "migrations"
# Alembic's own.
_versions = table("alembic_version", column("version_num"))


class SchemaUnfit(Exception):
    """The database has another shape than this code expects."""


@dataclass(eq=False)
class SchemaIsOlder(SchemaUnfit):
    """`migrate` has not been run since this code was installed. stored: None in an empty database."""

    stored: str | None
    known: str


@dataclass(eq=False)
class SchemaIsNewer(SchemaUnfit):
    """Later code has migrated this database."""

    stored: str
    known: str


@dataclass(frozen=True, slots=True)
class Migration:
    """What `migrate` did. before: None for a database that was empty."""

    created_keys: tuple[Path, ...]
    before: str | None
    after: str
    has_rebuilt: bool


def revisions() -> list[str]:
    """List the steps that this code knows, in their order: each file is named by its number.

    Read from the folder, because loading Alembic takes a quarter of a second and every start asks.
    """
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def stored_revision(connection: Connection) -> str | None:
    """Say which step the database has reached; None before the first."""
    if not inspect(connection).has_table(_versions.name):
        return None
    return connection.execute(select(_versions)).scalar_one_or_none()


def schema_is_current(database: Database) -> bool:
    """Say whether pages and commands can work with this database. Raises: DatabaseBusy, DatabaseUnreachable."""
    try:
        require_current_schema(database)
    except (SchemaUnfit, ReadModelsOutdated):
        return False
    return True


def require_current_schema(database: Database) -> None:
    """Refuse to work with a database of another shape. Raises: SchemaIsOlder, SchemaIsNewer, ReadModelsOutdated."""
    with database.query() as connection:
        stored, known = stored_revision(connection), revisions()
        _refuse_newer(connection, stored, known)
        if stored in known[:-1] or stored is None:
            raise SchemaIsOlder(stored, known[-1])
        require_versions(connection, VERSIONS)


def require_master_key(database: Database, keys: MasterKeys) -> None:
    """Refuse another SEALING_KEY than this database's. Raises: WrongSealingKey."""
    with database.query() as connection:
        check_master_key(connection, keys.sealing)


def migrate(settings: Settings) -> Migration:
    """Make the keys, run the steps that are missing, make the read models; a second run changes nothing.

    Each part is done whole or not at all, so that an interrupted run is finished by the next.
    Raises: SchemaIsNewer, SettingsError, WrongSealingKey, DatabaseBusy, DatabaseUnreachable, StorageFull.
    """
    database = Database(settings.database_url, data_dir=settings.data_dir)
    try:
        with database.lock_migrations():
            return _migrate(settings, database)
    finally:
        database.close()


def _migrate(settings: Settings, database: Database) -> Migration:
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
    has_rebuilt = Rebuilder(database, sealing_key=keys.sealing, mapper_of=mapper_of).ensure()
    after = before if before is not None and before not in known else known[-1]
    return Migration(tuple(created), before, after, has_rebuilt)


def _create_keys(settings: Settings, *, is_sealed: bool) -> list[Path]:
    """Make the missing keys, but never a second SEALING_KEY: what the first one sealed would stay shut."""
    if is_sealed and settings.sealing_key is None and not (settings.data_dir / "sealing_key").exists():
        raise SettingsError(
            "IZARLINK_SEALING_KEY is missing, and this database was sealed with one; put it back, it can't be replaced."
        )
    return create_keys(settings)


def _upgrade(database: Database) -> None:
    """Run the missing steps in one transaction: after an interruption none of them has happened."""
    with database.command() as connection:
        event.listen(connection, "before_cursor_execute", lambda *_: failpoint(Point.MIGRATION_STATEMENT))
        upgrade(connection)


def upgrade(connection: Connection) -> None:
    """Run all missing steps, and note which programs can live with the result, in the caller's transaction."""
    run_steps(connection)
    connection.execute(installation.delete().where(installation.c.name == _OLDEST))
    connection.execute(installation.insert().values(name=_OLDEST, value=OLDEST_COMPATIBLE))


def run_steps(connection: Connection, *, until: str = "head") -> None:
    """Run the missing steps up to one of them in the caller's transaction."""
    from alembic import command, config  # noqa: PLC0415 - a quarter of a second that only an outdated database pays

    alembic = config.Config()
    alembic.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    alembic.attributes["connection"] = connection
    command.upgrade(alembic, until)


def _refuse_newer(connection: Connection, stored: str | None, known: list[str]) -> None:
    """Refuse a schema of a later release, unless that one has said that this program can live with it."""
    if stored is None or stored in known:
        return
    oldest = connection.execute(select(installation.c.value).where(installation.c.name == _OLDEST)).scalar_one_or_none()
    if oldest not in known:
        raise SchemaIsNewer(stored, known[-1])
