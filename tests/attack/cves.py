"""List of weaknesses of other portals, from the tests' marks.

python -m tests.attack.cves    # writes docs/security/cves.md
"""

import ast
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
LIST = TESTS.parent / "docs" / "security" / "cves.md"
HEAD = """# Weaknesses of other portals
Each line is a published weakness of a portal like this one (GLPI, OTRS and Znuny, osTicket, FreeScout, Request Tracker,
Zammad, Mattermost) or of Python’s mail library, and a test that fails if ours has one of its kind. A test carries the
number as a mark, `@pytest.mark.cve("CVE-…")`; `python -m tests.attack.cves` writes this list, and
the suite compares it.

| weakness | test |
|---|---|
"""


def marks() -> Iterator[tuple[str, str]]:
    """Yield each number, and the test that carries it."""
    for path in sorted(TESTS.rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "mark.cve(" not in text:
            continue
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                for number in _numbers(node):
                    yield number, f"{path.relative_to(TESTS.parent)}::{node.name}"


def document() -> str:
    """Build the list."""
    lines = [f"| {number} | `{test}` |" for number, test in sorted(marks(), key=_by_number)]
    return HEAD + "\n".join(lines) + "\n"


def _numbers(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.cve":
            yield from (str(ast.literal_eval(argument)) for argument in decorator.args)


def _by_number(mark: tuple[str, str]) -> tuple[int, ...]:
    return tuple(map(int, mark[0].removeprefix("CVE-").split("-")))


if __name__ == "__main__":
    LIST.write_text(document(), "utf-8")
