"""The current language, and translations from French into it.

The current language is a `ContextVar`: a page uses its viewer's language, a mail its reader's. Languages other than
French have a catalogue.
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

_language: ContextVar[str] = ContextVar("language", default=SOURCE_LANGUAGE)


def language_of(locale: str) -> str:
    """Return the locale's language, or French if it has no catalogue."""
    return locale if locale in LANGUAGES else SOURCE_LANGUAGE


def preferred(codes: Sequence[str], *, otherwise: str) -> str:
    """Return the first available language of codes such as « en-GB »."""
    return negotiate_locale(list(codes), LANGUAGES, sep="-") or language_of(otherwise)


def current_language() -> str:
    return _language.get()


def set_language(locale: str) -> None:
    _language.set(language_of(locale))


@contextmanager
def use_language(locale: str) -> Iterator[None]:
    """Set the current language inside the block."""
    before = _language.set(language_of(locale))
    try:
        yield
    finally:
        _language.reset(before)


def gettext(message: str, /, **values: object) -> str:
    """Translate a sentence. values: for its placeholders, `%(name)s`."""
    translated = _catalogue(_language.get()).gettext(message)
    return translated % values if values else translated


def pgettext(context: str, message: str, /, **values: object) -> str:
    """Translate a sentence whose French has several senses.

    context: an English word for the sense, the catalogue's `msgctxt`.
    """
    translated = _catalogue(_language.get()).pgettext(context, message)
    return translated % values if values else translated


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Translate a sentence about a number of things, `%(num)s`."""
    translated = _catalogue(_language.get()).ngettext(singular, plural, number)
    return translated % {"num": number, **values}


def lazy_gettext(message: str) -> str:
    """Return a sentence that is translated whenever it is read."""
    # It behaves as a string, and forms and templates treat it as one.
    return cast("str", LazyProxy(gettext, message, enable_cache=False))


def gettext_noop(message: str) -> str:
    """Mark a constant for the catalogue, translated where it is used."""
    return message


def in_every_language(message: str) -> frozenset[str]:
    """Return the message in every language, to recognise it in files."""
    return frozenset(_catalogue(language).gettext(message) for language in LANGUAGES)


def load_catalogues() -> None:
    """Load all catalogues before the first request: 30 ms each."""
    for language in LANGUAGES:
        _catalogue(language)


@cache
def _catalogue(language: str) -> NullTranslations:
    if language == SOURCE_LANGUAGE:
        return _French()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


class _French(NullTranslations):
    """The French messages themselves; zero is singular in French."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the singular up to one, the plural from two on."""
        return msgid1 if n in {0, 1} else msgid2
