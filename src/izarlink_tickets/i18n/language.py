"""Which language is spoken, and our own words in it. French is the source; every other language is a catalogue.

What is spoken belongs to the thread of work (a `ContextVar`): a page speaks its viewer's language, a mail its reader's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import cast

from babel import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy

SOURCE_LANGUAGE = "fr"
LANGUAGES = (SOURCE_LANGUAGE, "en")
CATALOGUES = Path(__file__).parents[1] / "translations"

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def language_of(locale: str) -> str:
    """Give the language in which a person with this locale is addressed: one that there is a catalogue of."""
    return locale if locale in LANGUAGES else SOURCE_LANGUAGE


def preferred(wanted: Sequence[str], *, otherwise: str) -> str:
    """Give the first wanted language that we have. wanted: codes as browsers send them, « en-GB », dearest first."""
    return negotiate_locale(list(wanted), LANGUAGES, sep="-") or language_of(otherwise)


def spoken() -> str:
    """Give the language that is spoken here and now."""
    return _spoken.get()


def speak(locale: str) -> None:
    """Speak this person's language from here on, until somebody else's is spoken."""
    _spoken.set(language_of(locale))


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Speak this person's language within the block."""
    before = _spoken.set(language_of(locale))
    try:
        yield
    finally:
        _spoken.reset(before)


def gettext(message: str, /, **values: object) -> str:
    """Say a sentence in the language that is spoken. values: for its places, `%(name)s`."""
    said = _catalogue(_spoken.get()).gettext(message)
    return said % values if values else said


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Return a sentence whose French has several senses, in the sense of the context.

    context: an English word for the sense, the catalogue's `msgctxt`.
    """
    said = _catalogue(_spoken.get()).pgettext(context, message)
    return said % values if values else said


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Say a sentence about so many things; `%(num)s` is the number, unless it is given otherwise."""
    said = _catalogue(_spoken.get()).ngettext(one, many, number)
    return said % {"num": number, **values}


def lazy_gettext(message: str) -> str:
    """Mark a sentence that is written down before anybody speaks, and said whenever it is read."""
    # It behaves as the text that it stands for at that moment; forms and templates take it for one.
    return cast("str", LazyProxy(gettext, message, enable_cache=False))


def lazy_pgettext(context: str, message: str) -> str:
    """Mark a sentence as `lazy_gettext` does, in the sense of the context."""
    return cast("str", LazyProxy(pgettext, context, message, enable_cache=False))


def noted(message: str) -> str:
    """Mark a sentence that is data where it is written, and is said with `gettext` where it is shown."""
    return message


def in_every_language(message: str) -> frozenset[str]:
    """Return the message in every language, to recognise it in a file of any of them."""
    return frozenset(_catalogue(language).gettext(message) for language in LANGUAGES)


def load_catalogues() -> None:
    """Read all languages now rather than with the first request that wants one: 30 ms each."""
    for language in LANGUAGES:
        _catalogue(language)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return _Source()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


class _Source(NullTranslations):
    """The language of the messages themselves; in French zero is singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Give the singular up to one, the plural from two on."""
        return msgid1 if n in {0, 1} else msgid2
