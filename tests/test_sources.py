"""What docstrings name as the source of a rule is explained in docs/sources.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def _named(text: str) -> set[str]:
    ranges = {
        f"{letter}{number}"
        for letter, first, last in re.findall(r"\b([DR])(\d+)–[DR]?(\d+)\b", text)
        for number in range(int(first), int(last) + 1)
    }
    return ranges | set(re.findall(r"\b[DR]\d+\b", text))


def test_each_source_that_the_code_names_is_explained():
    explained = set(re.findall(r"^\| ([DR]\d+) \|", (ROOT / "docs/sources.md").read_text("utf-8"), re.MULTILINE))

    named = {source for path in (ROOT / "src").rglob("*.py") for source in _named(path.read_text("utf-8"))}

    assert len(named) > 30
    assert named - explained == set()
