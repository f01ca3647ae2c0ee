"""The pytest plugin of an attack, with its report."""

from dataclasses import asdict, dataclass, field
from typing import Any

import pytest

FIGURE = "figure"


@dataclass
class Attack:
    """An attack.

    figures: what it counted. is_over: its process has not died under it.
    """

    name: str
    seconds: float = 0.0
    is_repelled: bool = True
    is_over: bool = False
    figures: list[str] = field(default_factory=list)


class Report:
    """The results of all attacks. breaches: of those that got through."""

    def __init__(self) -> None:
        self.attacks: dict[str, Attack] = {}
        self.breaches: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test."""
        name = report.nodeid.partition("::")[2].removeprefix("test_").replace("_", " ")
        attack = self.attacks.setdefault(report.nodeid, Attack(name))
        attack.seconds += report.duration
        if report.failed:
            attack.is_repelled = False
            self.breaches.append(f"{report.nodeid} ({report.when})\n{report.longreprtext}")
        if report.when == "call":
            attack.is_over = True
            attack.figures = [str(value) for name, value in report.user_properties if name == FIGURE]

    def as_dict(self) -> list[dict[str, Any]]:
        return [asdict(attack) for attack in self.attacks.values()]

    def table(self) -> str:
        """Return a line for each attack, with its figures below it."""
        lines = []
        for attack in self.attacks.values():
            lines.append(f"{_result(attack):<7} {attack.seconds:>6.1f} s  {attack.name}")
            lines += [f"{'':<18}{figure}" for figure in attack.figures]
        repelled = sum(_result(attack) == "ok" for attack in self.attacks.values())
        return "\n".join([*lines, f"{repelled} of {len(self.attacks)} attacks repelled."])


def _result(attack: Attack) -> str:
    if not attack.is_over:
        return "DIED"
    return "ok" if attack.is_repelled else "BREACH"
