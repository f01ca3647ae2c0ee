"""Progress of threads, so that tests wait for events instead of time."""

import threading
from dataclasses import dataclass, field

from tests.faults.children import WAIT_SECONDS


@dataclass
class Progress:
    """The number of answered commands. is_over: all threads stop."""

    answered: int = 0
    is_over: bool = False
    _moved: threading.Condition = field(default_factory=threading.Condition)

    def advance(self) -> None:
        """Count one answered command."""
        with self._moved:
            self.answered += 1
            self._moved.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until `more` further commands are answered. Raises: TimeoutError."""
        with self._moved:
            goal = self.answered + more
            if not self._moved.wait_for(lambda: self.answered >= goal or self.is_over, WAIT_SECONDS):
                raise TimeoutError

    def end(self) -> None:
        """Stop all threads."""
        with self._moved:
            self.is_over = True
            self._moved.notify_all()
