"""A real disk of a few mebibytes that tests fill."""

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
    """A mounted disk, readable by every account."""

    folder: Path

    def fill(self) -> None:
        """Fill the remaining space."""
        with self._ballast.open("ab", buffering=0) as ballast:
            ballast.write(bytes(shutil.disk_usage(self.folder).free))

    def make_room(self) -> None:
        """Free the filled space."""
        self._ballast.unlink()

    def grow(self, mebibytes: int) -> None:
        """Enlarge the disk."""
        subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", self.folder], check=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def small_disk(mebibytes: int) -> Iterator[SmallDisk]:
    """Mount a disk until the end of the block. Raises: PermissionError."""
    if os.geteuid() != 0:
        raise PermissionError("a full disk needs root, to mount a small one")
    with tempfile.TemporaryDirectory(prefix="izarlink-disk-", dir="/tmp") as folder:
        # PostgreSQL's account needs access.
        Path(folder).chmod(0o755)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "izarlink", folder], check=True)
        try:
            yield SmallDisk(Path(folder))
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
