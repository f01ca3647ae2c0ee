"""Results of checks: numbers of checked and wrong items, and examples."""

from dataclasses import dataclass
from enum import StrEnum

# Enough to recognise the kind of damage; the number shows its extent.
EXAMPLES = 5


class FindingStatus(StrEnum):
    """The result of a check. ABSENT: there is nothing to check."""

    OK = "ok"
    BREACH = "breach"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding of a check. counted: the items of `count`."""

    check: str
    status: FindingStatus
    count: int = 0
    counted: str = ""
    breaches: int = 0
    examples: tuple[str, ...] = ()
    remark: str = ""

    def as_row(self) -> dict[str, object]:
        """Return the finding for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"status": self.status.value}

    def as_line(self) -> str:
        """Format the finding as a line."""
        count = f"{self.count:,} {self.counted}" if self.counted else ""
        wrong = f"{self.breaches:,} wrong: {'; '.join(self.examples)}" if self.breaches else ""
        details = ", ".join(part for part in (count, wrong, self.remark) if part)
        return f"{self.status.value:<8}{self.check:<14}{details}"


class FindingBuilder:
    """The finding of a running check."""

    def __init__(self, check: str, counted: str) -> None:
        self.count = 0
        self._check, self._counted = check, counted
        self._breaches = 0
        self._examples: list[str] = []

    def breach(self, sentence: str) -> None:
        """Count a breach, with a sentence as its example."""
        self._breaches += 1
        if len(self._examples) < EXAMPLES:
            self._examples.append(sentence)

    def build(self, remark: str = "") -> Finding:
        """Return the finding of the ended check."""
        status = FindingStatus.BREACH if self._breaches else FindingStatus.OK
        return Finding(self._check, status, self.count, self._counted, self._breaches, tuple(self._examples), remark)


def crash_finding(check: str, error: Exception) -> Finding:
    """Return the finding of a check that damaged data made crash."""
    return Finding(check, FindingStatus.BREACH, breaches=1, examples=(f"stopped by {type(error).__name__}",))
