"""Rules for names and docstrings that no linter checks."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for path in (ROOT / "src").rglob("*.py") if "versions" not in path.parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
MAX_WORDS = 12
VAGUE_VERBS = re.compile(r"(Give|Say|Tell|Name)\b")
QUESTIONS = re.compile(r"(What|Who|Whom|Whose|Which|How)\b")
Documented = ast.Module | ast.ClassDef | ast.FunctionDef


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def first_lines(paths: list[Path], kinds: type | tuple[type, ...]) -> Iterator[tuple[str, str]]:
    """Yield the place and the first line of each docstring."""
    for path in paths:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, kinds) and isinstance(node, Documented) and (text := ast.get_docstring(node)):
                yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", text.splitlines()[0]


def test_a_class_name_exists_once() -> None:
    trees = [tree_of(path) for path in SOURCES]

    names = Counter(node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("paths", [SOURCES, TESTS], ids=["src", "tests"])
def test_a_docstring_begins_with_a_short_line(paths: list[Path]) -> None:
    lines = first_lines(paths, (ast.Module, ast.ClassDef, ast.FunctionDef))

    assert [f"{place}: {line}" for place, line in lines if len(line.split()) > MAX_WORDS] == []


@pytest.mark.parametrize("paths", [SOURCES, TESTS], ids=["src", "tests"])
def test_a_docstring_begins_with_a_verb_of_the_field(paths: list[Path]) -> None:
    lines = first_lines(paths, (ast.ClassDef, ast.FunctionDef))

    assert [f"{place}: {line}" for place, line in lines if VAGUE_VERBS.match(line)] == []


@pytest.mark.parametrize("paths", [SOURCES, TESTS, BENCH], ids=["src", "tests", "bench"])
def test_nothing_is_described_by_a_question(paths: list[Path]) -> None:
    lines = first_lines(paths, (ast.Module, ast.ClassDef, ast.FunctionDef))

    assert [f"{place}: {line}" for place, line in lines if QUESTIONS.match(line)] == []
