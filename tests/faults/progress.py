"""What threads have done so far, so that a test waits for something to happen and not for time to pass."""

import threading
from dataclasses import dataclass, field

from tests.faults.children import WAIT_SECONDS


@dataclass
class Progress:
    """How many commands were answered, by whatever thread. is_over: enough was seen, or a thread has failed."""

    answered: int = 0
    is_over: bool = False
    _moved: threading.Condition = field(default_factory=threading.Condition)

    def advance(self) -> None:
        """Count one."""
        with self._moved:
            self.answered += 1
            self._moved.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until that many more are answered. Raises: TimeoutError."""
        with self._moved:
            goal = self.answered + more
            if not self._moved.wait_for(lambda: self.answered >= goal or self.is_over, WAIT_SECONDS):
                raise TimeoutError

    def end(self) -> None:
        """Let everybody stop."""
        with self._moved:
            self.is_over = True
            self._moved.notify_all()
