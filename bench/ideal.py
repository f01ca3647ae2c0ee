"""The ideal: a bare Flask app that reads or writes the same rows with the raw driver and answers the same bytes.

It runs under the portal's own server: `bench.launch` puts it in the place of the portal's application. It checks no
session, no right and no form.
"""

import fcntl
import pickle
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import psycopg
from flask import Flask, request
from jinja2 import Environment, Template
from sqlalchemy import make_url

from izarlink_tickets.domain.events import stream_of

READ, WRITTEN = "/ideal/", "/ideal-write/"
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page: one SELECT, and one template that unpacks its rows.

    select: None for a page without rows. keys: of the rows, in the page's order.
    kinds: which of the template's variants shows a row. shown: the formatted values that no column has as they are.
    """

    template: str
    media_type: str
    select: str | None = None
    parameters: Values = ()
    keys: tuple[Any, ...] = ()
    kinds: Mapping[Any, int] = field(default_factory=dict)
    shown: Mapping[Any, Values] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """A writing statement. rows: its parameters, each a value or a `Slot`."""

    sql: str
    rows: tuple[Values, ...]
    returning: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that differs with each request. name: of it. offset: added to a number."""

    name: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Write:
    """The statements of one command, in one transaction."""

    statements: tuple[Statement, ...]
    fresh: tuple[str, ...]  # slots that get a new UUID
    stream_as: str  # "hex", "uuid": how the database's driver takes an id of a stream
    body: str
    location: str


@dataclass(frozen=True, slots=True)
class Spec:
    """All that the ideal answers. url: of the portal's database. copy_url: of the copy that it writes to."""

    url: str
    copy_url: str
    pages: Mapping[str, Page]
    writes: Mapping[str, Write]


def load(path: Path) -> Spec:
    """Load a stored spec."""
    return cast("Spec", pickle.loads(path.read_bytes()))  # noqa: S301 - the benchmark wrote it


def store(spec: Spec, path: Path) -> None:
    path.write_bytes(pickle.dumps(spec))


def create_app(spec: Spec) -> Flask:
    """Build the application of one worker."""
    app = Flask(__name__)
    database, copy = _database(spec.url), _database(spec.copy_url)
    environment = Environment(autoescape=True, keep_trailing_newline=True)
    environment.globals["fresh"] = lambda: str(uuid4())
    templates = {name: environment.from_string(page.template) for name, page in spec.pages.items()}

    @app.get("/-/ready")
    def ready() -> str:
        return ""

    @app.get(f"{READ}<name>")
    def read(name: str) -> tuple[str, Mapping[str, str]]:
        page = spec.pages[name]
        return _render(page, templates[name], database), {"Content-Type": page.media_type}

    @app.post(f"{WRITTEN}<name>")
    def write(name: str) -> tuple[str, int, Mapping[str, str]]:
        command = spec.writes[name]
        number = _carry_out(command, copy)
        return command.body, 303, {"Location": command.location.format(number=number)}

    return app


def _render(page: Page, template: Template, database: "_Database") -> str:
    if page.select is None:
        return template.render()
    found = {row[0]: row for row in database.select(page.select, page.parameters)}
    shown, kinds = page.shown, page.kinds
    return template.render(rows=[(kinds[key], *found[key], *shown[key]) for key in page.keys])


def _carry_out(command: Write, database: "_Database") -> int:
    values: dict[str, Any] = {name: str(uuid4()) for name in command.fresh}
    values["command"] = request.form.get("command_id", "")
    values["number"] = int(request.form.get("number", 0))
    with database.transaction() as execute:
        for statement in command.statements:
            answer = execute(
                statement.sql, [[_value(value, values, command) for value in row] for row in statement.rows]
            )
            values.update(zip(statement.returning, answer, strict=True))
    return int(values["number"])


def _value(value: Any, values: Mapping[str, Any], command: Write) -> Any:  # noqa: ANN401 - of a column
    if not isinstance(value, Slot):
        return value
    if value.name == "stream":
        stream = stream_of(values["number"])
        return stream.hex if command.stream_as == "hex" else stream
    return values[value.name] + value.offset if value.offset else values[value.name]


# --- the raw drivers --------------------------------------------------------------------------------------------------


class _Database:
    """A connection for each thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def connect(self) -> Any:  # noqa: ANN401 - of either driver
        raise NotImplementedError

    def connection(self) -> Any:  # noqa: ANN401 - of either driver
        if not hasattr(self._local, "connection"):
            self._local.connection = self.connect()
        return self._local.connection

    def select(self, statement: str, parameters: Values) -> Sequence[Values]:
        return cast("Sequence[Values]", self.connection().execute(statement, parameters).fetchall())

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        raise NotImplementedError


def _execute(cursor: Any, statement: str, rows: list[list[Any]]) -> Values:  # noqa: ANN401 - of either driver
    """Execute a statement for its rows; return the first row of its answer."""
    if len(rows) > 1:
        cursor.executemany(statement, rows)
        return ()
    cursor.execute(statement, rows[0])
    return tuple(cursor.fetchone() or ()) if cursor.description else ()


class _Sqlite(_Database):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        self._local.lock = Path(f"{self._path}.ideal").open("w")  # noqa: SIM115 - as long as the connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        connection = self.connection()
        # Waiting for the lock of the file, because SQLite's own waiting sleeps.
        fcntl.flock(self._local.lock, fcntl.LOCK_EX)
        try:
            connection.execute("BEGIN IMMEDIATE")
            cursor = connection.cursor()
            yield lambda statement, rows: _execute(cursor, statement, rows)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            fcntl.flock(self._local.lock, fcntl.LOCK_UN)


class _Postgresql(_Database):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self._url, autocommit=True)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self.connection().transaction(), self.connection().cursor() as cursor:
            yield lambda statement, rows: _execute(cursor, statement, rows)


def _database(url: str) -> _Database:
    address = make_url(url)
    return _Sqlite(str(address.database)) if address.drivername == "sqlite" else _Postgresql(url)
