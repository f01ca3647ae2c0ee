"""An estimate of the guesses that a password takes.

They are those of somebody who knows French: zxcvbn knows few French words, and rates any three parts above 10^8
guesses. A password costs what its cheapest parts cost together: words, names, towns, years, dates, postcodes, runs of
the keyboard. Costs are tenths of a power of ten, so that they add up: 30 stands for 1,000 guesses.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from math import log10
from typing import NamedTuple

# A list's fixed cost; the words of the language cost by their frequency.
LISTS = {"passwords": 15, "towns": 26, "given_names": 30, "family_names": 37}
WORDS = "words"
# Words that hold a sentence together, and follow from the others: « je suis un … ».
FUNCTION_WORDS = frozenset(
    {
        *(
            "je",
            "tu",
            "il",
            "elle",
            "on",
            "nous",
            "vous",
            "ils",
            "suis",
            "es",
            "est",
            "ai",
            "as",
            "a",
            "et",
            "ou",
            "ne",
            "pas",
        ),
        *(
            "un",
            "une",
            "le",
            "la",
            "les",
            "de",
            "des",
            "du",
            "au",
            "aux",
            "ce",
            "cet",
            "cette",
            "que",
            "qui",
            "se",
            "en",
            "y",
        ),
        *("mon", "ma", "mes", "ton", "ta", "tes", "son", "sa", "ses", "pour", "par", "avec", "sur", "dans", "mais"),
        *("tres", "trop", "plus"),
    }
)
FUNCTION_COST, CONTEXT_COST, LEAST_COST = 6, 5, 3
CAPITAL_COST, ODD_CAPITAL_COST, LOOKALIKE_COST = 3, 4, 3
MIN_LISTED_CHARACTERS, MAX_WORD_CHARACTERS = 3, 20
# zxcvbn's lists have shorter entries, by chance those of any password.
MIN_FOREIGN_CHARACTERS = 4
LOOKALIKES = str.maketrans("@430!1$57€", "aaeoiisste")

SMALL_COST, CAPITAL_LETTER_COST, DIGIT_COST, SIGN_COST, OTHER_COST = 14, 17, 10, 15, 20
SEPARATORS, SEPARATOR_COST = " -_.'’/", 2
_WITHOUT_SEPARATORS = str.maketrans("", "", SEPARATORS)
ENDINGS, ENDING_COST = "!.?*", 5
# 30 recent years, 100 others.
RECENT_YEAR_COST, YEAR_COST = 15, 20
# 366 days, with 100 years; 6,300 postcodes; numbers of telephones, which an acquaintance knows.
DAY_COST, DATE_COST, POSTCODE_COST, PHONE_COST = 26, 46, 38, 60
MIN_RUN, RUN_COST = 3, 15

_DAY = r"(?:0[1-9]|[12]\d|3[01])"
_MONTH = r"(?:0[1-9]|1[0-2])"
_NUMBERS = (
    (re.compile(r"20[0-3]\d"), RECENT_YEAR_COST),
    (re.compile(r"19\d\d"), YEAR_COST),
    (re.compile(_DAY + _MONTH), DAY_COST),
    (re.compile(_DAY + "[-/. ]?" + _MONTH + r"[-/. ]?(?:19|20)?\d\d"), DATE_COST),
    (re.compile(r"(?:19|20)\d\d[-/. ]?" + _MONTH + "[-/. ]?" + _DAY), DATE_COST),
    (re.compile(r"(?:0[1-9]|[1-8]\d|9[0-8])\d{3}"), POSTCODE_COST),
    (re.compile(r"0[1-9](?:[-. ]?\d\d){4}"), PHONE_COST),
)
MAX_NUMBER_CHARACTERS = 14
# Rows and columns of French and English keyboards, the digits and the alphabet.
_RUNS = (
    *("azertyuiop", "qsdfghjklm", "wxcvbn,;:!", "qwertyuiop", "asdfghjkl", "zxcvbnm"),
    *("0123456789012", "abcdefghijklmnopqrstuvwxyz", "&é\"'(-è_çà)=", "aqwzsxedcrfvtgbyhnujikolpm"),
    *("1a2z3e4r5t6y7u8i9o0p", "a1z2e3r4t5y6u7i8o9p0", "1aqw2zsx3edc4rfv5tgb", "1qay2wsx3edc4rfv"),
)
_BOTH_WAYS = tuple(run for row in _RUNS for run in (row, row[::-1]))


class _Part(NamedTuple):
    """A part of a password.

    cost: in tenths of a power of ten.
    """

    end: int
    cost: int


def cost_of(password: str, *, context: Collection[str] = ()) -> int:
    """Return the cost of guessing a password: 80 stands for 10^8 guesses.

    context: guessable words about the person and the company, folded.
    """
    cheapest = [0] + [len(password) * OTHER_COST + 1] * len(password)
    for start in range(len(password)):
        for part in _parts(password, start, context):
            cheapest[part.end] = min(cheapest[part.end], cheapest[start] + part.cost)
    return cheapest[-1]


def _parts(password: str, start: int, context: Collection[str]) -> Iterator[_Part]:
    """Yield what may stand at a place of the password."""
    yield _Part(start + 1, _sign_cost(password, start))
    yield from _words(password, start, context)
    yield from _numbers(password, start)
    yield from _runs(password.lower(), start)


def _sign_cost(password: str, place: int) -> int:
    character = password[place]
    if character in SEPARATORS:
        return SEPARATOR_COST
    if character in ENDINGS and place == len(password.rstrip(ENDINGS)):
        return ENDING_COST
    if not character.isascii():
        return OTHER_COST
    if character.isdigit():
        return DIGIT_COST
    if character.isalpha():
        return SMALL_COST if character.islower() else CAPITAL_LETTER_COST
    # « !! » is hardly more than « ! ».
    return ENDING_COST if place and password[place - 1] == character else SIGN_COST


def _words(password: str, start: int, context: Collection[str]) -> Iterator[_Part]:
    plain = "".join(map(_base, password[start : start + MAX_WORD_CHARACTERS]))
    read = plain.translate(LOOKALIKES)
    for length in range(1, len(plain) + 1):
        written = plain[:length]
        capitals = _capitals_cost(password[start : start + length])
        for word, extra in _readings(written, read[:length]):
            listed = _word_cost(word, context)
            if listed is not None:
                yield _Part(start + length, listed + capitals + extra)


def _readings(written: str, read: str) -> Iterator[tuple[str, int]]:
    """Yield what a part may be read as, and what that costs."""
    yield written, 0
    if read != written:
        yield read, LOOKALIKE_COST * sum(map(str.__ne__, written, read))
    joined = written.translate(_WITHOUT_SEPARATORS)
    # « Mont-de-Marsan », « mot de passe ».
    if joined != written and written[0].isalpha() and written[-1].isalpha():
        yield joined, SEPARATOR_COST


def _base(character: str) -> str:
    """Return the letter without accent and capital, as one character."""
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def _capitals_cost(typed: str) -> int:
    capitals = sum(map(str.isupper, typed))
    if not capitals:
        return 0
    return CAPITAL_COST if typed.isupper() or typed[1:].islower() else ODD_CAPITAL_COST * capitals


def _word_cost(word: str, context: Collection[str]) -> int | None:
    """Return the cost of a word; None for none."""
    if word in FUNCTION_WORDS:
        return FUNCTION_COST
    if word in context:
        return CONTEXT_COST
    if len(word) < MIN_LISTED_CHARACTERS or not word.isalpha():
        return None
    costs = [cost for cost in (_french().cost_of(word), _foreign_cost(word)) if cost is not None]
    return max(LEAST_COST, min(costs)) if costs else None


def _numbers(password: str, start: int) -> Iterator[_Part]:
    if not password[start].isdigit():
        return
    for pattern, cost in _NUMBERS:
        match = pattern.match(password, start, start + MAX_NUMBER_CHARACTERS)
        if match:
            yield _Part(match.end(), cost)


def _runs(password: str, start: int) -> Iterator[_Part]:
    """Yield the runs of a keyboard or of one character."""
    longest = min(len(password) - start, MAX_WORD_CHARACTERS)
    for length in range(MIN_RUN, longest + 1):
        part = password[start : start + length]
        if part != part[0] * length and not any(part in row for row in _BOTH_WAYS):
            return
        yield _Part(start + length, RUN_COST)


# --- the lists --------------------------------------------------------------------------------------------------------


class _WordTable:
    """Words of one language with their costs, in little memory.

    Words of a length are one sorted string: a dictionary of 36,000 would take 5 MB in each worker.
    """

    def __init__(self, costs: Mapping[str, int]) -> None:
        by_length: dict[int, list[str]] = {}
        for word in sorted(costs):
            by_length.setdefault(len(word), []).append(word)
        self._words = {length: "".join(words) for length, words in by_length.items()}
        self._costs = {length: bytes(map(costs.__getitem__, words)) for length, words in by_length.items()}

    def cost_of(self, word: str) -> int | None:
        """Return the cost of a word; None for none."""
        length = len(word)
        words, costs = self._words.get(length, ""), self._costs.get(length, b"")
        place = bisect_left(range(len(costs)), word, key=lambda nth: words[nth * length : (nth + 1) * length])
        is_listed = place < len(costs) and words.startswith(word, place * length)
        return costs[place] if is_listed else None


def load_word_lists() -> None:
    """Load the lists, which a server does once for all its workers."""
    _french()
    _foreign_lists()


@cache
def _french() -> _WordTable:
    costs = {word: round(10 * log10(rank)) for rank, word in enumerate(_lines(WORDS), start=1)}
    for name, cost in LISTS.items():
        costs |= {word: min(cost, costs.get(word, cost)) for word in _lines(name)}
    return _WordTable(costs)


def _lines(name: str) -> list[str]:
    text = files("izarlink_tickets.accounts").joinpath("word_lists", f"{name}.txt").read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def _foreign_cost(word: str) -> int | None:
    """Return the cost of a password, English word or name of zxcvbn's."""
    if len(word) < MIN_FOREIGN_CHARACTERS:
        return None
    ranks = [rank for ranked in _foreign_lists() if (rank := ranked.get(word))]
    return round(10 * log10(min(ranks))) if ranks else None


@cache
def _foreign_lists() -> tuple[Mapping[str, int], ...]:
    # Imported here, as in `passwords`. Without what zxcvbn keeps of one person while it rates.
    from zxcvbn.matching import RANKED_DICTIONARIES  # noqa: PLC0415 - see above

    return tuple(ranks for name, ranks in RANKED_DICTIONARIES.items() if name != "user_inputs")
