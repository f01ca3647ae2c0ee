"""Atomic creation of files that replace no other."""

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
    """Open a private file that becomes `path` after the block.

    After an exception nothing is left; a killed process leaves a draft beside, whose name begins with a dot.
    Raises: FileExistsError, and OSError of the disk.
    """
    _refuse_existing(path)
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    descriptor = _open(draft, path)
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


def _open(draft: Path, path: Path) -> int:
    try:
        return os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        # The operator knows the file, not its draft.
        error.filename = str(path)
        raise


def _refuse_existing(path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
