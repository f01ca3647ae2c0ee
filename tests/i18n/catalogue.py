"""Messages of the source, and the update of a catalogue.

Run `python -m tests.i18n.catalogue`.

`python -m tests.i18n.catalogue`.
New messages get an empty translation, which the tests refuse. Unused messages are removed.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

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
    "gettext_noop": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}

Message = str | tuple[str, ...]


class Entry(NamedTuple):
    """A message, with its sense where it has several."""

    message: Message
    context: str | None = None


def entries() -> Iterator[Entry]:
    """Return every message of the code and every label; some repeat."""
    options = {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}
    for _, _, message, _, context in extract_from_dir(SOURCE, METHODS, options, KEYWORDS):
        # A message with a context is extracted as a tuple of one.
        is_single = isinstance(message, tuple) and len(message) == 1
        yield Entry(message[0] if is_single else message, context)
    yield from map(Entry, labels())


def messages() -> Iterator[Message]:
    """Return the messages alone."""
    return (entry.message for entry in entries())


def labels() -> Iterator[str]:
    """Return the labels of the domain, which are in French."""
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
    """Add new messages, drop unused ones, and sort the rest."""
    old, new = catalogue_of(language), Catalog(locale=language, fuzzy=False, charset="utf-8")
    for message, context in sorted(set(entries()), key=lambda entry: (repr(entry.message), entry.context or "")):
        known = old.get(message[0] if isinstance(message, tuple) else message, context)
        empty: Message = ("", "") if isinstance(message, tuple) else ""
        is_same = known is not None and isinstance(known.id, tuple) == isinstance(message, tuple)
        new.add(message, known.string if known and is_same else empty, context=context)
    with (CATALOGUES / f"{language}.po").open("wb") as file:
        write_po(file, new, no_location=True, omit_header=True, sort_output=False, width=120)


if __name__ == "__main__":
    for language in TRANSLATED:
        update(language)
