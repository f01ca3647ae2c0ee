"""Import contracts: those of pyproject.toml, and the domain's."""

import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]


def test_the_import_contracts_are_kept():
    linter = Path(sys.executable).parent / "lint-imports"

    result = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_the_domain_needs_only_the_standard_library_and_eventsourcing():
    graph = grimp.build_graph("izarlink_tickets", include_external_packages=True, cache_dir=None)
    domain = "izarlink_tickets.domain"

    imported = {name for module in _within(graph, domain) for name in graph.find_modules_directly_imported_by(module)}

    outside = {name for name in imported if not name.startswith(domain)} - sys.stdlib_module_names
    assert outside <= {"eventsourcing"}


def _within(graph: grimp.ImportGraph, package: str) -> set[str]:
    return {package} | graph.find_descendants(package)
