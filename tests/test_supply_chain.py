"""The locks, the table of releases and the bill of materials agree."""

import re
from pathlib import Path

import pytest
from tests.supply_chain import LOCKS, OLD_MONTHS, ROOT, ages, bill_of_materials, read_lock, read_releases, report

RUNNING = ROOT / "requirements.txt"


def test_every_component_of_a_lock_has_the_month_of_its_release() -> None:
    locked = {(component.name, component.version) for lock in LOCKS for component in read_lock(lock)}

    assert {(release.name, release.version) for release in read_releases()} == locked


def test_a_component_of_three_years_has_a_reason() -> None:
    old = [release for months, release in ages(read_releases()) if months > OLD_MONTHS]

    assert [release.name for release in old if not release.reason] == []
    assert [release.name for release in read_releases() if release.reason and release not in old] == []


def test_what_runs_has_one_component_of_three_years() -> None:
    running = {component.name for component in read_lock(RUNNING)}

    old = [release.name for months, release in ages(read_releases()) if months > OLD_MONTHS]

    assert [name for name in old if name in running] == ["flask-login"]


def test_the_report_names_the_oldest() -> None:
    assert "flask-login" in report()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_line_of_a_lock_is_pinned_by_hash(lock: Path) -> None:
    lines = [line for line in lock.read_text("utf-8").splitlines() if re.match("[A-Za-z0-9]", line)]

    components = read_lock(lock)

    assert len(components) == len(lines)
    assert [component.name for component in components if not component.hashes] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_a_lock_names_no_host(lock: Path) -> None:
    assert "://" not in lock.read_text("utf-8")


def test_the_bill_lists_what_the_lock_installs() -> None:
    bill = bill_of_materials(RUNNING)

    refs = [component["bom-ref"] for component in bill["components"]]  # type: ignore[attr-defined]  # a list
    assert refs == [component.purl for component in read_lock(RUNNING)]
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")


def test_the_bill_says_who_needs_what() -> None:
    needs = {entry["ref"]: entry["dependsOn"] for entry in bill_of_materials(RUNNING)["dependencies"]}  # type: ignore[attr-defined]  # a list

    assert "flask" in "".join(needs["project"])
    assert "werkzeug" in "".join(needs[next(ref for ref in needs if "flask@" in ref)])


def test_flask_login_is_imported_by_one_module() -> None:
    importing = [path.name for path in sorted((ROOT / "src").rglob("*.py")) if "flask_login" in path.read_text("utf-8")]

    assert importing == ["authentication.py"]
