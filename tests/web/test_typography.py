"""French typography: a line never ends before « : » or « ? », nor after « « »."""

import re
from pathlib import Path

import pytest

import izarlink_tickets.web

TEMPLATES = sorted(Path(izarlink_tickets.web.__file__).parent.glob("templates/**/*.html"))
NOT_READ = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
BREAKING = re.compile(r"\S+ [:;?!»](?!\w)|« \S*|\w'\w\S*")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_template_has_no_plain_space_or_apostrophe_where_french_wants_another(template: Path):
    read = NOT_READ.sub("\n", template.read_text("utf-8"))

    assert BREAKING.findall(read) == []
