"""Documents and docstrings: links that lead somewhere, sources in words."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
# A path in backquotes, such as `web/desk/queue.py` or `docs/adr/`.
PATH = re.compile(r"`((?:[\w.-]+/)+(?:[\w.-]+\.\w+)?)`")
PLACES = (ROOT, ROOT / "src/izarlink_tickets")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_links_of_a_document_lead_to_a_file(document: Path):
    links = LINK.findall(document.read_text("utf-8"))

    missing = [link for link in links if not (document.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_paths_that_a_document_names_exist(document: Path):
    paths = PATH.findall(document.read_text("utf-8"))

    missing = [path for path in paths if not any((place / path).exists() for place in PLACES)]

    assert missing == []


# Letters and numbers of requirements and decisions, which only a table could explain.
CODE = re.compile(r"\b[DR]\d{1,2}\b|\([IF]\d{1,2}\)")
SUFFIXES = {".css", ".html", ".jinja", ".js", ".md", ".py"}


def test_sources_are_named_in_words():
    paths = [path for name in ("src", "tests", "bench", "docs") for path in (ROOT / name).rglob("*")]
    texts = {path: path.read_text("utf-8") for path in paths if path.suffix in SUFFIXES}

    codes = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path, text in sorted(texts.items())
        for number, line in enumerate(text.splitlines(), start=1)
        if CODE.search(line)
    ]

    assert codes == []
