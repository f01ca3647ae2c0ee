"""The table of ASVS requirements, and the record of which tests ran.

Source: docs/security/asvs.csv; OWASP ASVS 5.0.0.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.supply_chain import report as ages_of_components

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "docs" / "security" / "asvs.csv"
# Counted before single sign-on: 180 of level 1 and 2 apply; 12 of level 3 are met beyond them.
SHOWN = ("test", "document", "operator", "process")
NODE = re.compile(r"(tests/[\w/]+\.py)::(test_\w+)")
# A word of Markdown's own, or any sign but letters, digits and hyphens, is no part of an anchor.
_NO_ANCHOR = re.compile(r"[^\w -]")


@dataclass(frozen=True)
class Requirement:
    """A line of the table.

    shown: the kind of proof. where: tests and sections. how: it is met, or why it isn't or needn't be.
    """

    id: str
    level: int
    shown: str
    where: tuple[str, ...]
    how: str

    @property
    def tests(self) -> list[str]:
        return [place for place in self.where if NODE.fullmatch(place)]


def read_table() -> list[Requirement]:
    """Read the table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            Requirement(row["requirement"], int(row["level"]), row["shown"], tuple(row["where"].split()), row["how"])
            for row in csv.DictReader(file)
        ]


def missing_places(requirement: Requirement) -> list[str]:
    """List the tests, sections and files of a line that don't exist."""
    return [place for place in requirement.where if not _exists(place)]


def not_run(passed: set[str]) -> list[str]:
    """List the tests of the table that have not passed.

    passed: node ids without parameters.
    """
    wanted = {(node, requirement.id) for requirement in read_table() for node in requirement.tests}
    return [f"{node} ({requirement})" for node, requirement in sorted(wanted) if node not in passed]


class RequirementsPlugin:
    """Fails a whole run that lacks a test of the table.

    With several processes it runs in the one that collects their reports.
    """

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self._missing: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.passed.add(report.nodeid.partition("[")[0])

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and _is_whole_suite(session.config):
            self._missing = not_run(self.passed)
            if self._missing:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        if not _is_whole_suite(config):
            return
        terminalreporter.section("security")
        terminalreporter.line(ages_of_components())
        terminalreporter.line(summary(read_table()))
        for line in self._missing:
            terminalreporter.line(f"did not run: {line}", red=True)


def summary(table: Sequence[Requirement]) -> str:
    """Summarise the table in a line for the report."""
    counts = {shown: sum(requirement.shown == shown for requirement in table) for shown in (*SHOWN, "deviation")}
    return "ASVS 5.0: " + ", ".join(f"{count} by {shown}" for shown, count in counts.items())


def _is_whole_suite(config: pytest.Config) -> bool:
    is_worker = hasattr(config, "workerinput")
    narrowing = ("keyword", "markexpr", "lf", "deselect", "stepwise")
    is_narrowed = any(config.getoption(option, default=None) for option in narrowing)
    has_paths = config.args_source is pytest.Config.ArgsSource.ARGS
    return not (is_worker or is_narrowed or has_paths or config.option.collectonly)


def _exists(place: str) -> bool:
    if match := NODE.fullmatch(place):
        path = ROOT / match[1]
        return (
            path.exists()
            and re.search(rf"^(async )?def {match[2]}\(", path.read_text("utf-8"), re.MULTILINE) is not None
        )
    name, _, anchor = place.partition("#")
    return (ROOT / name).exists() and (not anchor or anchor in set(_anchors(ROOT / name)))


def _anchors(path: Path) -> Iterator[str]:
    for heading in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE):
        yield _NO_ANCHOR.sub("", heading.lower()).strip().replace(" ", "-")
