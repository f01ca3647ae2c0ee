"""What may be typed: cleaning and length rules of every text a person enters. It knows nothing of tickets.

Source: R18; what forms are attacked with (NUL, surrogates, line separators, bidirectional controls).
"""

import re
import unicodedata

from izarlink_tickets.domain.errors import TextMissing, TextTooLong, TextTooShort

TITLE_MINIMUM, TITLE_MAXIMUM = 3, 150
TEXT_MAXIMUM = 20_000
WORD_MAXIMUM = 40  # characters by which a word is found; what is longer is a key or a line of a log

# Characters that turn the reading direction of what follows: they make a title lie about itself.
_BIDI_CONTROLS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f]")
_WORDS = re.compile(r"[^\W_]+")
# Nothing to see in these: a text of them alone is empty.
_INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]*"
)


def clean_text(text: str) -> str:
    """Make a text storable and printable everywhere: NFC, line ends as LF, no NUL, no control, no lone surrogate."""
    text = _SURROGATES.sub("\ufffd", text)
    text = _CONTROLS.sub("", _LINE_ENDS.sub("\n", text))
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """Clean a text of one line: every white space becomes one space, nothing turns the direction."""
    # Taken out first: a control between a letter and its accent would keep the two from being composed.
    return " ".join(clean_text(_BIDI_CONTROLS.sub("", text)).split())


def title_of(text: str) -> str:
    """Give the title as stored, 3–150 characters. Raises: TextMissing, TextTooShort, TextTooLong."""
    title = _present(clean_line(text), field="title")
    if len(title) < TITLE_MINIMUM:
        raise TextTooShort("title", TITLE_MINIMUM)
    return _bounded(title, field="title", maximum=TITLE_MAXIMUM)


def text_of(text: str, *, field: str) -> str:
    """Give a mandatory text as stored, 1–20 000 characters. Raises: TextMissing, TextTooLong."""
    return _bounded(_present(clean_text(text), field=field), field=field, maximum=TEXT_MAXIMUM)


def optional_text_of(text: str, *, field: str) -> str:
    """Give a text as stored, empty where nothing visible was typed. Raises: TextTooLong."""
    cleaned = clean_text(text)
    return "" if _is_blank(cleaned) else _bounded(cleaned, field=field, maximum=TEXT_MAXIMUM)


def fold(text: str) -> str:
    """Give the form in which texts are searched: without accents or case."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def words_of(text: str) -> list[str]:
    """Give the different words of a text as they are searched: letters and digits, folded, in the order they come."""
    return list(dict.fromkeys(word[:WORD_MAXIMUM] for word in _WORDS.findall(fold(text))))


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
