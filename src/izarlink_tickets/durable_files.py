"""Let what is written survive a power cut: the bytes of a file, and its name in the folder. It knows no content."""

import os
from pathlib import Path


def write_new(path: Path, content: bytes) -> None:
    """Write a file that isn't there yet, readable by nobody else, and sync it. Raises: FileExistsError, OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Sync the names in the folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
