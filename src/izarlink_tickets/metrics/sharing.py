"""Add up what the processes of one server count: prometheus-client keeps each one's figures in a file of its own.

The library decides when it is imported whether it does: so `share_between_processes` comes before all else, and this
module imports it late.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_between_processes() -> None:
    """Make the folder of those files, before the first process forks; it goes when this process ends."""
    folder = tempfile.mkdtemp(prefix="izarlink-metrics-")
    os.environ[_FOLDER_VARIABLE] = folder
    atexit.register(_remove, folder, os.getpid())


def shared_folder() -> Path | None:
    """Name the folder, if figures are shared."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def forget_process(pid: int) -> None:
    """Drop what only a living process has; what it has counted stays counted."""
    if shared_folder():
        from prometheus_client import multiprocess  # noqa: PLC0415 - see the module

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call] # the library's, without annotations


def _remove(folder: str, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
