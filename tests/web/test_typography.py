"""French typography.

No line break before « : » or « ? », nor after an opening quotation mark.
"""

import re
from pathlib import Path

import pytest
from tests.i18n.catalogue import messages

import izarlink_tickets.web

TEMPLATES = sorted(Path(izarlink_tickets.web.__file__).parent.glob("templates/**/*.html"))
# Apostrophes of messages are left to the reviewer: « l'%(name)s ».
BREAKING_IN_MESSAGES = re.compile(r"\S [:;?!»](?!\w)|« |n° %")
NOT_READ = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>", re.DOTALL)
BREAKING = re.compile(r"\S+ [:;?!»](?!\w)|« \S*|\w'\w\S*")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_template_has_french_spaces_and_apostrophes(template: Path):
    read = NOT_READ.sub("\n", template.read_text("utf-8"))

    assert BREAKING.findall(read) == []


def test_a_message_has_french_spaces():
    texts = [message for entry in messages() for message in ([entry] if isinstance(entry, str) else entry)]

    assert [message for message in texts if BREAKING_IN_MESSAGES.search(message)] == []
