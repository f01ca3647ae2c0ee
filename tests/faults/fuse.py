"""A fuse in every call to database, files and sockets: it lets so many pass, then fails one, or all from there on.

It counts the calls of one thread while it is lit. A COMMIT is two calls: one before it is done, and one after, where
its answer alone is lost. A write that fails has written half.
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

# What the portal opens, locks, names and syncs its files by, and reaches a mail server by.
FILE_CALLS = (*((os, name) for name in ("open", "fsync", "replace", "mkdir", "unlink")), (io, "open"), (fcntl, "flock"))
SOCKET_CALLS = ((socket.socket, "connect"), (socket.socket, "sendall"), (socket.SocketIO, "readinto"))
STATEMENTS = ("do_execute", "do_executemany", "do_execute_no_params")

Call = Callable[..., Any]


@dataclass
class Fuse:
    """nth: the call to fail, from 1. is_for_ever: those after it fail as well. calls: of the last time it was lit."""

    nth: int = 0
    is_for_ever: bool = False
    calls: int = 0
    _thread: int | None = None

    @contextmanager
    def lit(self, *, nth: int, is_for_ever: bool) -> Iterator[None]:
        """Fail a call of this thread within the block."""
        self.nth, self.is_for_ever, self.calls, self._thread = nth, is_for_ever, 0, get_ident()
        try:
            yield
        finally:
            self._thread = None

    @property
    def has_blown(self) -> bool:
        return self.calls >= self.nth

    @property
    def is_lit_here(self) -> bool:
        return self._thread == get_ident()

    def blows(self) -> bool:
        """Count a call, and say whether it is to fail."""
        if not self.is_lit_here:
            return False
        self.calls += 1
        return self.calls == self.nth or (self.is_for_ever and self.calls > self.nth)


def install(fuse: Fuse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the fuse into everything."""
    for module, name in FILE_CALLS:
        monkeypatch.setattr(module, name, _failing(fuse, getattr(module, name), OSError(errno.EIO, "I/O error")))
    for kind, name in SOCKET_CALLS:
        monkeypatch.setattr(kind, name, _failing(fuse, getattr(kind, name), ConnectionResetError()))
    monkeypatch.setattr(os, "fdopen", _opener(fuse, os.fdopen))
    for name in STATEMENTS:
        monkeypatch.setattr(DefaultDialect, name, _statement(fuse, getattr(DefaultDialect, name)))
    monkeypatch.setattr(DefaultDialect, "do_commit", _commit(fuse, DefaultDialect.do_commit))


def _failing(fuse: Fuse, original: Call, failure: OSError) -> Call:
    def call(*args: Any, **kwargs: Any) -> Any:
        if fuse.blows():
            raise failure
        return original(*args, **kwargs)

    return call


def _opener(fuse: Fuse, original: Call) -> Call:
    def open_(*args: Any, **kwargs: Any) -> Any:
        opened = original(*args, **kwargs)
        return _Writer(opened, fuse) if fuse.is_lit_here else opened

    return open_


class _Writer(io.BufferedWriter):
    """A file whose writes go through the fuse."""

    def __init__(self, opened: io.BufferedWriter, fuse: Fuse) -> None:
        super().__init__(opened.detach())
        self._fuse = fuse

    def write(self, content: Any, /) -> int:
        if self._fuse.blows():
            super().write(content[: len(content) // 2])
            raise OSError(errno.EIO, "I/O error")
        return super().write(content)


def _statement(fuse: Fuse, original: Call) -> Call:
    def execute(dialect: DefaultDialect, cursor: Any, *args: Any, **kwargs: Any) -> Any:
        if fuse.blows():
            raise _broken(cursor.connection)
        return original(dialect, cursor, *args, **kwargs)

    return execute


def _commit(fuse: Fuse, original: Call) -> Call:
    def commit(dialect: DefaultDialect, connection: Any) -> None:
        if fuse.blows():
            raise _broken(connection.driver_connection)
        original(dialect, connection)
        if fuse.blows():
            raise _broken(connection.driver_connection)

    return commit


def _broken(connection: object) -> Exception:
    """Make what the driver raises where a file can't be read or written, or a server has gone."""
    if isinstance(connection, psycopg.Connection):
        connection.close()
        return psycopg.OperationalError("server closed the connection unexpectedly")
    failure = sqlite3.OperationalError("disk I/O error")
    failure.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return failure
