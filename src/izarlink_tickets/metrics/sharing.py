"""Add up what the processes of one server count: prometheus-client keeps each one's figures in a file of its own.

The library decides when it is imported whether it does: so `share_between_processes` comes before all else, and this
module imports it late.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
_FOLDERS = "izarlink-figures-"


def share_between_processes() -> None:
    """Make the folder of those files, before the first process forks; it goes when this process ends.

    Where this process is killed, the folder goes when the next server starts.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDERS}*"):
        _remove_left_over(folder)
    folder = _held_folder()
    os.environ[_FOLDER_VARIABLE] = str(folder)
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


def _held_folder() -> Path:
    """Make a folder that is locked until the last process of this server has ended, whatever ends it.

    It bears its name only once it is locked, so that nobody takes it for left over before.
    """
    draft = Path(tempfile.mkdtemp(prefix="izarlink-draft-"))
    fcntl.flock(_opened(draft), fcntl.LOCK_EX)
    return draft.rename(draft.with_name(draft.name.replace("izarlink-draft-", _FOLDERS)))


def _remove_left_over(folder: Path) -> None:
    try:
        descriptor = _opened(folder)
    except OSError:
        # Another user's, or no folder, or it went meanwhile.
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        # Its server lives.
        return
    finally:
        os.close(descriptor)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)
