"""Cleaning and length rules of every text that a person enters.

Cleaning removes what forms are attacked with: NUL, surrogates, line separators, bidirectional controls.
Source: guide §3, « Titre / Description : champs obligatoires ».
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from izarlink_tickets.domain.errors import TextMissing, TextTooLong, TextTooShort

TITLE_MINIMUM, TITLE_MAXIMUM = 3, 150
TEXT_MAXIMUM = 20_000
WORD_MAXIMUM = 40  # characters of a word that the search compares; longer words are keys or log lines

# They reverse the reading direction of what follows: a title could show something else than it holds.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
_SEPARATORS = re.compile(r"[\W_]+")  # all but letters and digits
# The marks of Latin letters, removed in one go; a rebuild folds every text. U+034F combines with nothing.
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_NOT_ASCII = re.compile("[^\x00-\x7f]+")
# Letters that are no letter with a mark, and how they are typed on keyboards without them. Case folding knows ß.
_SPELLINGS = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "\u0131": "i",
}
# Signs without ink or width, which come with copied texts. Source: Unicode's Default_Ignorable_Code_Point.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Of Unicode's category Pd, and the minus sign.
_DASHES = re.compile("[\u058a\u05be\u2010-\u2015\u2212\u2e3a\u2e3b\u2e40\u301c\ufe58\ufe63\uff0d]")
# More than all Latin letters and typographic signs.
_LETTERS_REMEMBERED = 4096
# One byte a character, with all letters and signs of French texts.
_FRENCH, _BYTES = "cp1252", 256
# Stands for a character whose folding has no byte. NUL itself is a separator.
_NOT_FOLDED = b"\0"
# A text of these characters alone is empty.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]*"
)


def clean_text(text: str) -> str:
    """Return the text in NFC, with LF, without controls or surrogates."""
    text = _SURROGATES.sub("\ufffd", text)
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """Return the text on one line, without bidirectional controls."""
    # Controls go first: one between a letter and its accent would prevent NFC from composing them.
    return " ".join(clean_text(_BIDI_CONTROLS.sub("", text)).split())


def title_of(text: str) -> str:
    """Return the title as stored, 3–150 characters.

    Raises: TextMissing, TextTooShort, TextTooLong.
    """
    title = _present(clean_line(text), field="title")
    if len(title) < TITLE_MINIMUM:
        raise TextTooShort("title", TITLE_MINIMUM)
    return _bounded(title, field="title", maximum=TITLE_MAXIMUM)


def text_of(text: str, *, field: str) -> str:
    """Return a required text as stored, 1–20 000 characters.

    Raises: TextMissing, TextTooLong.
    """
    return _bounded(_present(clean_text(text), field=field), field=field, maximum=TEXT_MAXIMUM)


def optional_text_of(text: str, *, field: str) -> str:
    """Return an optional text as stored; empty without visible characters. Raises: TextTooLong."""
    cleaned = clean_text(text)
    return "" if _is_blank(cleaned) else _bounded(cleaned, field=field, maximum=TEXT_MAXIMUM)


def fold(text: str) -> str:
    """Return the text without accents, case or invisible signs, for searching.

    « œ » becomes « oe », as people type it.
    """
    if text.isascii():
        return text.lower()
    letters = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    if letters.isascii():
        return letters.lower()
    return _NOT_ASCII.sub(_plain, letters).casefold()


def without_invisible(text: str) -> str:
    """Return the text without signs that have neither ink nor width."""
    return text if text.isascii() else _IGNORABLE.sub("", text)


def plain_dashes(text: str) -> str:
    """Return the text with « - » for every dash."""
    return text if text.isascii() else _DASHES.sub("-", text)


def comparable(text: str) -> str:
    """Return a line as names are compared.

    In NFKC, without case or invisible signs.
    """
    line = clean_line(without_invisible(unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFKC", line.casefold())


def words_of(text: str) -> list[str]:
    """Return the distinct folded words of a text, in order."""
    return list(dict.fromkeys(_split(text)))


def prefixed_words_of(text: str, *, prefix: str) -> set[str]:
    """Return the distinct folded words of a text, each after a prefix."""
    return {prefix + word for word in _split(text)}


def _split(text: str) -> list[str]:
    words = _blanked(text).split()
    return [word[:WORD_MAXIMUM] for word in words] if max(map(len, words), default=0) > WORD_MAXIMUM else words


def _blanked(text: str) -> str:
    """Return the text folded, with blanks for separators."""
    folding = _french_folding()
    try:
        folded = text.encode(_FRENCH).translate(folding.folded, folding.removed)
    except UnicodeEncodeError:
        return _blanked_by_character(text)
    for char, spelling in folding.spelled:
        if char in folded:
            folded = folded.replace(char, spelling)
    return _blanked_by_character(text) if _NOT_FOLDED in folded else folded.decode(_FRENCH)


def _blanked_by_character(text: str) -> str:
    return _SEPARATORS.sub(" ", fold(text))


class _Folding(NamedTuple):
    """A translation of bytes.

    folded: of each byte; a blank for a separator. removed: those that leave no trace. spelled: the folded bytes that
    stand for several: « œ ».
    """

    folded: bytes
    removed: bytes
    spelled: tuple[tuple[bytes, bytes], ...]


@cache
def _french_folding() -> _Folding:
    """Fold each character of French texts once.

    A rebuild folds every text, and takes a fifth of the time so.
    """
    folded, removed, spelled = bytearray(_BYTES), bytearray(), list[tuple[bytes, bytes]]()
    for byte in range(_BYTES):
        # A few bytes are no character, and come from none.
        char = bytes([byte]).decode(_FRENCH, "ignore")
        letters = _blanked_by_character(f"a{char}a")[1:-1]
        # « µ » becomes a Greek letter.
        encoded = letters.encode(_FRENCH, "ignore") or _NOT_FOLDED
        if char and not letters:
            removed.append(byte)
        elif len(encoded) == 1:
            folded[byte] = encoded[0]
        else:
            folded[byte] = byte
            spelled.append((bytes([byte]), encoded))
    return _Folding(bytes(folded), bytes(removed), tuple(spelled))


def _plain(match: re.Match[str]) -> str:
    return "".join(map(_plain_letter, match[0]))


@lru_cache(maxsize=_LETTERS_REMEMBERED)
def _plain_letter(letter: str) -> str:
    """Return the letter as it is searched for.

    Nothing for a mark or an invisible sign.
    """
    if unicodedata.combining(letter) or _IGNORABLE.match(letter):
        return ""
    return _SPELLINGS.get(letter.lower(), letter)


def _is_blank(text: str) -> bool:
    return _INVISIBLE.fullmatch(text) is not None


def _present(text: str, *, field: str) -> str:
    if _is_blank(text):
        raise TextMissing(field)
    return text


def _bounded(text: str, *, field: str, maximum: int) -> str:
    if len(text) > maximum:
        raise TextTooLong(field, maximum, len(text))
    return text
