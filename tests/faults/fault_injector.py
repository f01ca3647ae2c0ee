"""Injected failures of calls to database, files and sockets.

The injector counts the calls of one thread while it is armed, and fails the nth, or all from the nth on. A COMMIT
counts twice: before it runs, and after it, when only its answer is lost. A failed write has written half.
"""

import errno
import fcntl
import io
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine.default import DefaultDialect

# Calls that open, lock, rename and sync files, and those to a mail server.
FILE_CALLS = (*((os, name) for name in ("open", "fsync", "replace", "mkdir", "unlink")), (io, "open"), (fcntl, "flock"))
SOCKET_CALLS = ((socket.socket, "connect"), (socket.socket, "sendall"), (socket.SocketIO, "readinto"))
STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params")

Call = Callable[..., Any]


@dataclass
class FaultInjector:
    """A counter of calls that fails one of them.

    nth: the call to fail, from 1. is_permanent: whether later calls fail too. calls: since it was last armed.
    """

    nth: int = 0
    is_permanent: bool = False
    calls: int = 0
    _thread: int | None = None

    @contextmanager
    def armed(self, *, nth: int, is_permanent: bool) -> Iterator[None]:
        """Fail a call of this thread within the block."""
        self.nth, self.is_permanent, self.calls, self._thread = nth, is_permanent, 0, get_ident()
        try:
            yield
        finally:
            self._thread = None

    @property
    def has_failed(self) -> bool:
        return self.calls >= self.nth

    @property
    def is_armed_here(self) -> bool:
        return self._thread == get_ident()

    def fails_now(self) -> bool:
        """Count a call; return whether it fails."""
        if not self.is_armed_here:
            return False
        self.calls += 1
        return self.calls == self.nth or (self.is_permanent and self.calls > self.nth)


def install(injector: FaultInjector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Route all calls through the injector."""
    for module, name in FILE_CALLS:
        monkeypatch.setattr(module, name, _failing(injector, getattr(module, name), OSError(errno.EIO, "I/O error")))
    for kind, name in SOCKET_CALLS:
        monkeypatch.setattr(kind, name, _failing(injector, getattr(kind, name), ConnectionResetError()))
    monkeypatch.setattr(os, "fdopen", _opener(injector, os.fdopen))
    for name in STATEMENTS:
        monkeypatch.setattr(DefaultDialect, name, _statement(injector, getattr(DefaultDialect, name)))
    monkeypatch.setattr(DefaultDialect, "do_commit", _commit(injector, DefaultDialect.do_commit))


def _failing(injector: FaultInjector, original: Call, failure: OSError) -> Call:
    def call(*args: Any, **kwargs: Any) -> Any:
        if injector.fails_now():
            raise failure
        return original(*args, **kwargs)

    return call


def _opener(injector: FaultInjector, original: Call) -> Call:
    def open_(*args: Any, **kwargs: Any) -> Any:
        file = original(*args, **kwargs)
        return _Writer(file, injector) if injector.is_armed_here else file

    return open_


class _Writer(io.BufferedWriter):
    """A file whose writes go through the injector."""

    def __init__(self, file: io.BufferedWriter, injector: FaultInjector) -> None:
        super().__init__(file.detach())
        self._injector = injector

    def write(self, content: Any, /) -> int:
        if self._injector.fails_now():
            super().write(content[: len(content) // 2])
            raise OSError(errno.EIO, "I/O error")
        return super().write(content)


def _statement(injector: FaultInjector, original: Call) -> Call:
    def execute(dialect: DefaultDialect, cursor: Any, *args: Any, **kwargs: Any) -> Any:
        if injector.fails_now():
            raise _driver_error(cursor.connection)
        return original(dialect, cursor, *args, **kwargs)

    return execute


def _commit(injector: FaultInjector, original: Call) -> Call:
    def commit(dialect: DefaultDialect, connection: Any) -> None:
        if injector.fails_now():
            raise _driver_error(connection.driver_connection)
        original(dialect, connection)
        if injector.fails_now():
            raise _driver_error(connection.driver_connection)

    return commit


def _driver_error(connection: object) -> Exception:
    """Build the driver's error for a failed file or a lost server."""
    if isinstance(connection, psycopg.Connection):
        connection.close()
        return psycopg.OperationalError("server closed the connection unexpectedly")
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return failure
