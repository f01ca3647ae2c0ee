"""The table of ASVS requirements is complete, and names what exists."""

from collections import Counter

import pytest
from tests.asvs import SHOWN, Requirement, RequirementsPlugin, missing_places, not_run, read_table

TABLE = read_table()
LEVEL_2 = [requirement for requirement in TABLE if requirement.level <= 2]
MOST_DEVIATIONS = 3
# The shortest reason that says something.
REASON_CHARACTERS = 20
NOT_APPLICABLE = "not applicable"


def test_the_table_has_every_requirement_of_level_2_once() -> None:
    ids = Counter(requirement.id for requirement in TABLE)

    assert (len(LEVEL_2), len(TABLE) - len(LEVEL_2)) == (253, 12)
    assert [name for name, count in ids.items() if count > 1] == []


def test_at_least_180_apply_and_at_most_three_are_deviations() -> None:
    shown = Counter(requirement.shown for requirement in TABLE)

    assert set(shown) == {*SHOWN, "deviation", NOT_APPLICABLE}
    assert len([requirement for requirement in LEVEL_2 if requirement.shown != NOT_APPLICABLE]) >= 180
    assert shown["deviation"] <= MOST_DEVIATIONS


@pytest.mark.parametrize("shown", SHOWN)
def test_every_line_names_something_of_its_kind(shown: str) -> None:
    lines = [requirement for requirement in TABLE if requirement.shown == shown]

    assert [requirement.id for requirement in lines if not names_its_kind(requirement)] == []


def names_its_kind(requirement: Requirement) -> bool:
    if requirement.shown in {"test", "process"}:
        return bool(requirement.tests)
    return bool(requirement.where)


def test_every_test_and_section_of_the_table_exists() -> None:
    missing = {requirement.id: places for requirement in TABLE if (places := missing_places(requirement))}

    assert missing == {}


def test_what_is_not_met_or_not_applicable_has_a_reason() -> None:
    unmet = [requirement for requirement in TABLE if requirement.shown in {"deviation", NOT_APPLICABLE}]

    assert [requirement.id for requirement in unmet if len(requirement.how) < REASON_CHARACTERS] == []


def test_a_test_that_did_not_pass_is_found() -> None:
    named = {node for requirement in TABLE for node in requirement.tests}
    one = min(named)

    assert not_run(named) == []
    assert [line.partition(" ")[0] for line in not_run(named - {one})][:1] == [one]


def test_only_passed_calls_count() -> None:
    plugin, node = RequirementsPlugin(), min(node for requirement in TABLE for node in requirement.tests)

    for outcome in ("failed", "skipped"):
        report = pytest.TestReport(f"{node}[a]", ("", 0, ""), {}, outcome, None, "call")
        plugin.pytest_runtest_logreport(report)
    before = set(plugin.passed)
    plugin.pytest_runtest_logreport(pytest.TestReport(f"{node}[b]", ("", 0, ""), {}, "passed", None, "call"))

    assert (before, plugin.passed) == (set(), {node})
