"""Make a file that is there whole or not at all, and never in the place of another."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from izarlink_tickets.durable_files import sync_folder


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file to write, readable by nobody else, that becomes `path` at the end of the block, synced.

    Raises: FileExistsError, and OSError of the disk. After an exception nothing is left; a process that is killed
    leaves a draft beside, whose name begins with a dot.
    """
    _refuse_existing(path)
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    descriptor = _opened(draft, path)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse_existing(path)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.absolute().parent)


def _opened(draft: Path, path: Path) -> int:
    try:
        return os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        # The draft's name says nothing to whoever asked for the file.
        error.filename = str(path)
        raise


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
