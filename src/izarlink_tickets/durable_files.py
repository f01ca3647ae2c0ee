"""Durable writes of files and of their names in a folder."""

import os
from pathlib import Path
from secrets import token_hex


def write_new(path: Path, content: bytes) -> None:
    """Write and sync a new private file. Raises: FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, content: bytes) -> None:
    """Write and sync a private file that replaces `path` at once.

    A killed process leaves a draft beside it, whose name begins with a dot. Raises: OSError.
    """
    draft = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        write_new(draft, content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Sync the names in a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
