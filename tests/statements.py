"""One cache of compiled SQL statements for the engines of all tests.

What SQLAlchemy compiles depends on the statement, the class of the dialect and the dialect's settings, such as the
server's version or the style of parameters. Engines share a compiled statement only where all three are equal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.sql.compiler import Compiled

PLAIN = (str, int, float, tuple, frozenset, type(None))
Settings = frozenset[tuple[str, Any]]


class CompiledStatements(dict[tuple[Any, ...], Compiled]):
    """A statement cache that engines of equal dialects share."""

    def __init__(self) -> None:
        super().__init__()
        self._settings: WeakKeyDictionary[Dialect, Settings] = WeakKeyDictionary()

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(self._shared(key), default)

    def __setitem__(self, key: tuple[Any, ...], statement: Compiled) -> None:
        super().__setitem__(self._shared(key), statement)

    def _shared(self, key: tuple[Any, ...]) -> tuple[Any, ...]:
        dialect, *rest = key
        settings = self._settings.get(dialect)
        if settings is None:
            settings = self._settings[dialect] = settings_of(dialect)
        return (type(dialect), settings, *rest)


def settings_of(dialect: Dialect) -> Settings:
    """Return the plain attributes of a dialect."""
    return frozenset(item for item in vars(dialect).items() if isinstance(item[1], PLAIN) and _is_hashable(item[1]))


def share_statements() -> None:
    """Share compiled statements between all engines of this process."""
    statements = CompiledStatements()

    def use(connection: Connection) -> None:
        connection.execution_options(compiled_cache=statements)

    event.listen(Engine, "engine_connect", use)


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Record the SQL that this process sends within the block."""
    sent: list[str] = []

    def record(*call: Any) -> None:
        sent.append(call[2])

    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", record)


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
