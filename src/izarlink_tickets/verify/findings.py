"""What a check found: how much it looked at, how much of it is wrong, and the first few examples."""

from dataclasses import dataclass
from enum import StrEnum

# Enough to see what kind of damage it is; the number says how much of it there is.
EXAMPLES = 5


class FindingStatus(StrEnum):
    """How a check ended. ABSENT: there is nothing of the kind to look at."""

    OK = "ok"
    BREACH = "breach"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """The end of one check. counted: what `count` counts. remark: what one should know although nothing is wrong."""

    check: str
    status: FindingStatus
    count: int = 0
    counted: str = ""
    breaches: int = 0
    examples: tuple[str, ...] = ()
    remark: str = ""

    def as_row(self) -> dict[str, object]:
        """Give it for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"status": self.status.value}

    def as_line(self) -> str:
        """Say it in a line."""
        count = f"{self.count:,} {self.counted}" if self.counted else ""
        wrong = f"{self.breaches:,} wrong: {'; '.join(self.examples)}" if self.breaches else ""
        told = ", ".join(part for part in (count, wrong, self.remark) if part)
        return f"{self.status.value:<8}{self.check:<14}{told}"


class Tally:
    """A check under way."""

    def __init__(self, check: str, counted: str) -> None:
        self.count = 0
        self._check, self._counted = check, counted
        self._breaches = 0
        self._examples: list[str] = []

    def breach(self, sentence: str) -> None:
        """Note that something is wrong."""
        self._breaches += 1
        if len(self._examples) < EXAMPLES:
            self._examples.append(sentence)

    def finding(self, remark: str = "") -> Finding:
        """End the check."""
        status = FindingStatus.BREACH if self._breaches else FindingStatus.OK
        return Finding(self._check, status, self.count, self._counted, self._breaches, tuple(self._examples), remark)


def stopped(check: str, error: Exception) -> Finding:
    """End a check that what is stored brought down: it is damaged in a way that the check can't look past."""
    return Finding(check, FindingStatus.BREACH, breaches=1, examples=(f"stopped by {type(error).__name__}",))
