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
