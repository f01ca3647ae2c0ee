"""Named points where a fault run kills the process.

Unarmed, as always outside a fault run, a point costs 0.1 µs, six times in a command of a millisecond. The setting
`FAULT` arms one; `config` checks that it may. Source: docs/faults.md.
"""

import os
from enum import StrEnum

# The exit code that a shell reports after SIGKILL.
EXIT_CODE = 137


class Point(StrEnum):
    """The points of commands, rebuilds, mails, migrations and changes of keys."""

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
    KEY_CREATED = "key-created"
    KEY_CHANGED = "key-changed"
    KEYS_BATCH = "keys-batch"
    KEYS_REWRAPPED = "keys-rewrapped"
    KEY_RETIRED = "key-retired"


# The number of passes left for each armed point; empty in production.
_remaining_passes: dict[Point, int] = {}


def arm(point: Point, nth: int) -> None:
    """Kill this process, or a fork, at a point's nth pass."""
    _remaining_passes[point] = nth


def is_armed() -> bool:
    return bool(_remaining_passes)


def failpoint(point: Point) -> None:
    """Kill the process if this is the armed pass."""
    if _remaining_passes and point in _remaining_passes:
        _pass(point)


def _pass(point: Point) -> None:
    _remaining_passes[point] -= 1
    if _remaining_passes[point] <= 0:
        # Without handlers, `finally` and buffers, as with kill -9.
        os._exit(EXIT_CODE)
