"""A real disk of a few mebibytes, to be filled up and emptied again."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SmallDisk:
    """Where it is mounted; everybody may go in."""

    folder: Path

    def fill(self) -> None:
        """Take all that is left."""
        with self._ballast.open("ab", buffering=0) as ballast:
            ballast.write(bytes(shutil.disk_usage(self.folder).free))

    def make_room(self) -> None:
        """Give it back."""
        self._ballast.unlink()

    def grow(self, mebibytes: int) -> None:
        """Make a larger one of it."""
        subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", self.folder], check=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def small_disk(mebibytes: int) -> Iterator[SmallDisk]:
    """Mount one until the end of the block. Raises: PermissionError, for whoever may not mount."""
    if os.geteuid() != 0:
        raise PermissionError("a full disk can only be tried by root, who may mount a small one")
    with tempfile.TemporaryDirectory(prefix="izarlink-disk-", dir="/tmp") as folder:
        # PostgreSQL's own account goes through it.
        Path(folder).chmod(0o755)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "izarlink", folder], check=True)
        try:
            yield SmallDisk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
