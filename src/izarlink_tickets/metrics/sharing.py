"""Figures added up over the processes of a server.

Prometheus-client keeps a file for each process.
The library reads its setting when it is imported, so `share_between_processes` runs first and imports it nowhere.
"""

import fcntl
import os
from itertools import count
from pathlib import Path

_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_FOLDER, _LOCK, _FIGURES = "metrics", "lock", "*.db"


def share_between_processes(data_dir: Path) -> None:
    """Take and empty the first free folder of `DATA_DIR/metrics`.

    A server holds the lock of its folder until its last process has ended, so servers that share DATA_DIR never
    write to the same files, even if their process ids are equal. Raises: OSError.
    """
    folder = next(folder for number in count(1) if _is_locked(folder := data_dir / _FOLDER / str(number)))
    for figures in folder.glob(_FIGURES):
        figures.unlink()
    os.environ[_FOLDER_VARIABLE] = str(folder)


def shared_folder() -> Path | None:
    """Return the folder of the figures; None without sharing."""
    folder = os.environ.get(_FOLDER_VARIABLE)
    return Path(folder) if folder else None


def forget_process(pid: int) -> None:
    """Drop the live gauges of an ended process; its counters stay."""
    if shared_folder():
        from prometheus_client import multiprocess  # noqa: PLC0415 - see the module

        multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call] # the library's, without annotations


def _is_locked(folder: Path) -> bool:
    """Lock the folder for this server; False if another has it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The descriptor stays open: forked processes inherit the lock, and it ends with the last of them.
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    return True
