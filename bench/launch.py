"""The command line of the portal with another application under its server, or with counted statements.

BENCH_IDEAL=FILE python -m bench.launch serve --web-only     the ideal of a spec
BENCH_COUNTS=FILE python -m bench.launch serve --web-only    the portal, its statements counted into the file
"""

import mmap
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask, has_request_context
from sqlalchemy import Engine, event

import izarlink_tickets.web
from bench import ideal
from izarlink_tickets.application import Portal
from izarlink_tickets.cli import main
from izarlink_tickets.web.templating import register_templates

IDEAL, COUNTS = "BENCH_IDEAL", "BENCH_COUNTS"
_COUNTS = struct.Struct("=qd")
COUNTS_BYTES = mmap.PAGESIZE


def read_counts(path: Path) -> tuple[int, float]:
    """Return the statements of requests so far, and their seconds."""
    statements, seconds = _COUNTS.unpack_from(path.read_bytes())
    return statements, seconds


def _count(path: Path) -> None:
    """Count the statements of requests in a file that all workers share; for one client at a time."""
    with path.open("r+b") as file:
        counts = mmap.mmap(file.fileno(), COUNTS_BYTES)

    def begin(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
        context.bench_began = time.perf_counter()

    def end(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's
        if has_request_context():
            statements, seconds = _COUNTS.unpack_from(counts)
            _COUNTS.pack_into(counts, 0, statements + 1, seconds + time.perf_counter() - context.bench_began)

    event.listen(Engine, "before_cursor_execute", begin)
    event.listen(Engine, "after_cursor_execute", end)


def _replace(path: Path) -> None:
    """Let the server load the ideal in place of the portal's application."""

    def create_app(portal: Portal, **_: object) -> Flask:
        app = ideal.create_app(ideal.load(path))
        # The server's own pages, for requests that no application can read.
        register_templates(app, settings=portal.settings)
        return app

    izarlink_tickets.web.create_app = create_app


if __name__ == "__main__":
    if IDEAL in os.environ:
        _replace(Path(os.environ[IDEAL]))
    if COUNTS in os.environ:
        _count(Path(os.environ[COUNTS]))
    sys.exit(main())
