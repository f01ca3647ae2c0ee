"""Make each SQL statement once for all tests: each test has an engine of its own, which would make them all anew."""

from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.compiler import Compiled


class _Statements(dict[tuple[Any, ...], Compiled]):
    """What SQLAlchemy keeps of one engine, by what is the same for all engines of the same kind of database."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(_shared(key), default)

    def __setitem__(self, key: tuple[Any, ...], statement: Compiled) -> None:
        super().__setitem__(_shared(key), statement)


_STATEMENTS = _Statements()


def share_statements() -> None:
    """From now on, in this process."""
    event.listen(Engine, "engine_connect", _use)


def _use(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_STATEMENTS)


def _shared(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (dialect.name, dialect.driver, *rest)
