"""Content and schema of a database, as the database reports them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Inspector, inspect, select, table, text

from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database
from izarlink_tickets.projections import LIVE

# FTS5 has tables of its own beside the searched one.
FTS5 = {f"ticket_search_{part}" for part in ("config", "content", "data", "idx")}
READ_MODELS = {name for model in LIVE for name in model.metadata.tables} | FTS5
ALEMBIC = {"alembic_version"}


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url, data_dir=settings.data_dir)
    yield database
    database.close()


def content(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every table."""
    with opened(settings) as database, database.query() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: sorted(map(tuple, connection.execute(select(text("*")).select_from(table(name)))), key=repr)
            for name in names
        }


def shape(settings: Settings) -> dict[str, object]:
    """Describe every durable table as the database knows it."""
    with opened(settings) as database, database.query() as connection:
        inspector = inspect(connection)
        names = set(inspector.get_table_names()) - READ_MODELS - ALEMBIC
        return {name: _table(inspector, name) for name in sorted(names)}


def _table(inspector: Inspector, name: str) -> dict[str, object]:
    return {
        "columns": {
            column["name"]: (repr(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(name)
        },
        "primary key": inspector.get_pk_constraint(name),
        "foreign keys": sorted(inspector.get_foreign_keys(name), key=repr),
        "unique": sorted(inspector.get_unique_constraints(name), key=repr),
        # Conditions of partial indexes are objects without equality.
        "indexes": sorted(
            repr(index | {"dialect_options": [f"{key}={value}" for key, value in index["dialect_options"].items()]})
            for index in inspector.get_indexes(name)
        ),
        "checks": sorted(inspector.get_check_constraints(name), key=repr),
    }
