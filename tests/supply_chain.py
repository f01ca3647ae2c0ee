"""Bill of materials and age of the components in the lock files.

`python -m tests.supply_chain [LOCK]`, or `./run sbom [LOCK]`, prints CycloneDX 1.6.
"""

import csv
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parents[1]
LOCKS = [ROOT / name for name in ("requirements.txt", "requirements-test.txt", "requirements-bench.txt")]
RELEASES = ROOT / "docs" / "security" / "dependencies.csv"
OLD_MONTHS = 36
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_NEEDED_BY = re.compile(r"#\s+(?:via )?([A-Za-z0-9._-]+)")


@dataclass(frozen=True)
class Component:
    """A pinned component. needed_by: the components that ask for it."""

    name: str
    version: str
    hashes: tuple[str, ...]
    needed_by: tuple[str, ...]

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


@dataclass(frozen=True)
class Release:
    """When a component was released. month: counted from year 0."""

    name: str
    version: str
    month: int
    reason: str


def read_lock(path: Path) -> list[Component]:
    """Read the components of a lock file."""
    components = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", path.read_text("utf-8")):
        if pin := _PIN.match(block):
            named = [match[1] for line in block.splitlines() if (match := _NEEDED_BY.search(line))]
            needed_by = tuple(name for name in named if name != "via")
            components.append(Component(pin["name"].lower(), pin["version"], tuple(_HASH.findall(block)), needed_by))
    return components


def read_releases() -> list[Release]:
    """Read the table of releases."""
    with RELEASES.open(encoding="utf-8", newline="") as file:
        return [_release(row) for row in csv.DictReader(file)]


def ages(releases: Sequence[Release]) -> list[tuple[int, Release]]:
    """Return the age of each in months, the oldest first.

    It is counted to the newest release, since tests read no clock.
    """
    newest = max(release.month for release in releases)
    return sorted(
        ((newest - release.month, release) for release in releases), key=lambda aged: (-aged[0], aged[1].name)
    )


def report() -> str:
    """Summarise the ages in a line for the suite's report."""
    aged = ages(read_releases())
    old = ", ".join(f"{release.name} {months}" for months, release in aged if months > OLD_MONTHS)
    middle = aged[len(aged) // 2][0]
    return f"{len(aged)} components, half of them under {middle + 1} months old; over {OLD_MONTHS}, with reasons: {old}"


def bill_of_materials(lock: Path) -> dict[str, object]:
    """Build the CycloneDX document of a lock file."""
    components = read_lock(lock)
    project = {"type": "application", "name": "izarlink-tickets", "version": _project_version(), "bom-ref": "project"}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same lock has the same number.
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, lock.read_text('utf-8'))}",
        "version": 1,
        "metadata": {"component": project},
        "components": [
            {
                "type": "library",
                "bom-ref": component.purl,
                "name": component.name,
                "version": component.version,
                "purl": component.purl,
                # One for each file of the release; the installed one is among them.
                "properties": [{"name": "lock:sha256", "value": value} for value in component.hashes],
            }
            for component in components
        ],
        "dependencies": _dependencies(components),
    }


def _dependencies(components: Sequence[Component]) -> list[dict[str, object]]:
    refs = {component.name: component.purl for component in components} | {"izarlink-tickets": "project"}
    needed: dict[str, list[str]] = {ref: [] for ref in refs.values()}
    for component in components:
        for name in component.needed_by:
            needed.get(refs.get(name, ""), []).append(component.purl)
    return [{"ref": ref, "dependsOn": sorted(set(needs))} for ref, needs in needed.items()]


def _release(row: dict[str, str]) -> Release:
    year, month = map(int, row["released"].split("-"))
    return Release(row["name"], row["version"], year * 12 + month, row["reason"])


def _project_version() -> str:
    match = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE)
    return match[1] if match else ""


if __name__ == "__main__":
    print(json.dumps(bill_of_materials(ROOT / (sys.argv[1:] or ["requirements.txt"])[0]), indent=2))  # noqa: T201
