"""Backups with some parts changed."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

Change = Callable[[dict[str, bytes]], object]


def rewrite(file: Path, change: Change) -> None:
    """Rewrite the zip file with some parts changed."""
    with ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
