"""The pytest plugin of a fault run, with its report."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pytest
from tests.faults.matrix import BOTH, FAULTS, NONE, UNKNOWN_TO, Fault

INVARIANTS = "invariants"


@dataclass
class Row:
    """A fault on a database.

    tests: the number of tests of it. invariants: those checked after each test.
    """

    number: int
    fault: str
    database: str
    tests: int = 0
    invariants: set[str] = field(default_factory=set)
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    left_out: str = ""

    @property
    def result(self) -> str:
        if self.left_out:
            return "left out"
        if not self.tests:
            return "NOT TRIED"
        return f"BREACH in {len(self.failed)}" if self.failed else "ok"

    @property
    def is_sound(self) -> bool:
        return self.result in {"ok", "left out"}

    @property
    def checked(self) -> list[str]:
        return sorted(self.invariants, key=lambda invariant: int(invariant.removeprefix("I")))

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "invariants": self.checked, "seconds": round(self.seconds, 1), "result": self.result}


class Report:
    """The results of a fault run. numbers: of the faults to test."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._faults = [FAULTS[number] for number in numbers]
        self._rows = {
            (fault.number, database): _row(fault, database) for fault in self._faults for database in _of(fault)
        }
        self._rows_by_test: dict[str, list[Row]] = {}
        self.breaches: list[str] = []

    @property
    def rows(self) -> list[Row]:
        return list(self._rows.values())

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Select the tests of the faults, and record their rows."""
        for item in items:
            self._rows_by_test[item.nodeid] = list(self._rows_of(item))
        deselected = [item for item in items if not self._rows_by_test[item.nodeid]]
        items[:] = [item for item in items if self._rows_by_test[item.nodeid]]
        config.hook.pytest_deselected(items=deselected)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase of a test to its rows.

        A skipped test doesn't count; an error in its set-up is a breach.
        """
        if report.failed:
            self.breaches.append(f"{report.nodeid} ({report.when})\n{report.longreprtext}")
        for row in self._rows_by_test.get(report.nodeid, ()):
            row.seconds += report.duration
            row.tests += report.when == "call" and not report.skipped
            row.failed += [report.nodeid] * (report.failed and report.nodeid not in row.failed)
            row.invariants |= {
                invariant
                for name, value in report.user_properties
                if name == INVARIANTS
                for invariant in str(value).split()
            }

    def _rows_of(self, item: pytest.Item) -> Iterable[Row]:
        database = _database_of(item)
        for number in numbers_of(item):
            # A test without a database counts for all rows of the fault.
            for name in (database,) if database else ("", *BOTH):
                row = self._rows.get((number, name))
                if row and not row.left_out:
                    yield row


def numbers_of(item: pytest.Item) -> set[int]:
    """Return the numbers of the faults that a test declares."""
    return {int(number) for marker in item.iter_markers("fault") for number in marker.args}


def _of(fault: Fault) -> Sequence[str]:
    if fault.left_out:
        return ("",)
    return fault.databases if fault.databases == NONE else BOTH


def _row(fault: Fault, database: str) -> Row:
    unknown = UNKNOWN_TO[database] if database and database not in fault.databases else ""
    return Row(fault.number, fault.description, database, left_out=fault.left_out or unknown)


def _database_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    values = callspec.params.values() if callspec else ()
    return next((value for value in values if isinstance(value, str) and value in BOTH), "")
