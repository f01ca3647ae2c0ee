"""Named points where the program can be told to die on the spot, to see what it leaves behind (docs/faults.md).

Off, as always outside a fault run, reaching a point is an empty call: 0.1 µs, six times in a command of a millisecond.
It decides nothing about who may switch it on: that is a setting (`config`).
"""

import os
from enum import StrEnum

# What a shell reports of a process that was killed by SIGKILL.
EXIT_CODE = 137


class Point(StrEnum):
    """Where a process can die. The order is that of a command, a rebuild, a mail, a migration."""

    UPLOAD_READ = "upload-read"
    BLOB_WRITTEN = "blob-written"
    BEFORE_APPEND = "before-append"
    AFTER_EVENTS = "after-events"
    AFTER_READ_MODELS = "after-read-models"
    AFTER_OUTBOX = "after-outbox"
    BEFORE_COMMIT = "before-commit"
    BEFORE_ANSWER = "before-answer"
    REBUILD_PAGE = "rebuild-page"
    REBUILD_SWAP = "rebuild-swap"
    MAIL_BEFORE_CONNECT = "mail-before-connect"
    MAIL_CLAIMED = "mail-claimed"
    MAIL_AFTER_DOT = "mail-after-dot"
    MAIL_ANSWERED = "mail-answered"
    MAIL_PUT_OFF = "mail-put-off"
    MIGRATION_STATEMENT = "migration-statement"


# How often each armed point is still to be passed; empty in production.
_left: dict[Point, int] = {}


def arm(point: Point, nth: int) -> None:
    """Let this process, and each one forked from it, die when it reaches the point for the nth time (from 1)."""
    _left[point] = nth


def is_armed() -> bool:
    """Tell whether this process is to die somewhere."""
    return bool(_left)


def failpoint(point: Point) -> None:
    """Die here if this was the pass to die at."""
    if _left and point in _left:
        _pass(point)


def _pass(point: Point) -> None:
    _left[point] -= 1
    if _left[point] <= 0:
        # No handler, no `finally`, no buffer gets a chance: as with kill -9.
        os._exit(EXIT_CODE)
