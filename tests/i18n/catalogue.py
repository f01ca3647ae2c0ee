"""Gather every message of the source, and bring a catalogue up to date: `python -m tests.i18n.catalogue`.

New messages come with an empty translation, which the tests refuse; messages that are no longer said go.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import izarlink_tickets
from izarlink_tickets.domain.vocabulary import CHANNEL_LABELS, GUIDE_CATEGORIES, LABELS, Awaiting, State, state_label
from izarlink_tickets.i18n import CATALOGUES, LANGUAGES, SOURCE_LANGUAGE

SOURCE = Path(izarlink_tickets.__file__).parent
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE_LANGUAGE)
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2"), ("mail/**", "jinja2")]
OPTIONS = {
    "jinja2": {"newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"},
}
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "noted": None,
    "ngettext": (1, 2),
}

Message = str | tuple[str, ...]


def messages() -> Iterator[Message]:
    """Give every message, some of them several times: those of the code and the labels of the domain's codes."""
    options = {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}
    for _, _, message, _, _ in extract_from_dir(SOURCE, METHODS, options, KEYWORDS):
        yield message
    yield from labels()


def labels() -> Iterator[str]:
    """Give what the domain calls things: it is pure, and knows of no language."""
    yield from LABELS.values()
    yield from CHANNEL_LABELS.values()
    yield from (state_label(State.PENDING, awaiting) for awaiting in Awaiting)
    for category in GUIDE_CATEGORIES.values():
        yield category.full_label
        yield category.label
        if category.group:
            yield category.group


def catalogue_of(language: str) -> Catalog:
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Add what is missing, drop what is not said any more, and write it in an order that any two people agree on."""
    old, new = catalogue_of(language), Catalog(locale=language, fuzzy=False, charset="utf-8")
    for message in sorted(set(messages()), key=repr):
        known = old.get(message[0] if isinstance(message, tuple) else message)
        empty: Message = ("", "") if isinstance(message, tuple) else ""
        is_same = known is not None and isinstance(known.id, tuple) == isinstance(message, tuple)
        new.add(message, known.string if known and is_same else empty)
    with (CATALOGUES / f"{language}.po").open("wb") as file:
        write_po(file, new, no_location=True, omit_header=True, sort_output=False, width=120)


if __name__ == "__main__":
    for language in TRANSLATED:
        update(language)
