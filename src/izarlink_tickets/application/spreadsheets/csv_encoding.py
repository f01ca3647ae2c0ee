"""Recognition of a CSV file's encoding.

Files that are not UTF-8 come from Excel on Windows, on an old Mac or under DOS. The three give the same byte different
letters: the reading without letters at odd places is the right one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from izarlink_tickets.application.spreadsheets import import_errors

UTF_8, WINDOWS_1252 = "UTF-8", "Windows-1252"
UNDECODABLE = "\ufffd"
# The usual one comes first: it wins where nothing speaks for another.
_OTHERS = {WINDOWS_1252: "cp1252", "Mac OS Roman": "mac_roman", "DOS 850": "cp850"}
_FRENCH, _NEIGHBOURING = frozenset("àâäæçéèêëîïôöœùûüÿ"), frozenset("ñáíóúãõìòåøß")
# Of these letters, the only word.
_ALONE = "à"
_SIGNS = frozenset("’\u2018“”«»–—…€°²³\u00a0·•§£©®™ºª")
# Between two letters stand no others.
_BETWEEN_LETTERS = frozenset("’\u2018–—·\u00ad\u00a0")
# A character with its neighbours, without which an accent can't be judged.
_AROUND = re.compile("(?<=(.))?([^\x00-\x7f])(?=(.))?", re.DOTALL)
# How much an odd character counts against a usual one.
_ODD = -3


def decode_lines(lines: Sequence[bytes]) -> tuple[Sequence[str], str]:
    """Decode a file's lines, and return its encoding's name.

    Bytes without a meaning become U+FFFD, by which a line is refused later.
    Raises: EncodingUnknown.
    """
    texts = [line.decode("utf-8", "replace") for line in lines]
    has_utf8 = any(not line.isascii() and UNDECODABLE not in text for line, text in zip(lines, texts, strict=True))
    if has_utf8 or not any(UNDECODABLE in text for text in texts):
        return texts, UTF_8
    name = _likeliest([line for line in lines if not line.isascii()])
    return [line.decode(_OTHERS[name], "replace") for line in lines], name


def _likeliest(lines: Sequence[bytes]) -> str:
    """Return the encoding in which the accents stand where they belong.

    Raises: EncodingUnknown, if two are equally likely.
    """
    scores = {name: _score(line.decode(codec, "replace") for line in lines) for name, codec in _OTHERS.items()}
    best = max(scores.values())
    likeliest = [name for name, score in scores.items() if score == best]
    if likeliest[0] == WINDOWS_1252 and (best >= 0 or likeliest == [WINDOWS_1252]):
        return WINDOWS_1252
    if len(likeliest) > 1 or best <= 0:
        raise import_errors.EncodingUnknown
    return likeliest[0]


def _score(texts: Iterable[str]) -> int:
    # Most files hold few different neighbourhoods, many times.
    found = Counter(match.groups("") for text in texts for match in _AROUND.finditer(text))
    return sum(_weight(*around) * times for around, times in found.items())


def _weight(before: str, character: str, after: str) -> int:
    """Rate a character beside its neighbours: usual 2, possible, or odd."""
    if not character.isalpha():
        is_inside = before.isalpha() and after.isalpha()
        return 0 if character in (_BETWEEN_LETTERS if is_inside else _SIGNS) else _ODD
    if _changes_case(before, character, after):
        return _ODD
    letter = character.lower()
    if not (before.isalpha() or after.isalpha()):
        return 2 * (letter == _ALONE)
    return 2 if letter in _FRENCH else int(letter in _NEIGHBOURING)


def _changes_case(before: str, character: str, after: str) -> bool:
    """Whether capitals and small letters alternate inside a word."""
    if character.isupper():
        return before.islower() or (before.isupper() and after.islower())
    return before.isupper() and after.isupper()
