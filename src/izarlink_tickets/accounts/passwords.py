"""Hash and compare passwords, and say which ones may be chosen. No table is known here, and no password is kept.

Everything here takes CPU time (a hash 22 ms): call it outside of transactions.
Source: ASVS 5.0, 6.2.
"""

import base64
import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest

from argon2 import PasswordHasher, extract_parameters

from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import fold

MIN_CHARACTERS = 8
# Far above any passphrase; argon2 itself takes 42 ms for 10 MB.
MAX_BYTES = 1_024
MIN_SCORE = 3  # zxcvbn: "safely unguessable", more than 10^8 guesses
# zxcvbn raises above 72 characters, and tries all readings of look-alike signs, in 3.8 s for 72 of the worst of them;
# in 0.3 s for 24. A password is at least as good as any part of it.
MAX_RATED_CHARACTERS, RATED_PART_CHARACTERS = 72, 24
# Everybody who sees the sign-in page thinks of these.
OBVIOUS_WORDS = ("izarlink", "support", "ticket", "portail")
# « jo » or « sarl » in a long password says nothing.
MIN_WORD_CHARACTERS = 4
# 80 bits in four groups that can be read out: no l and 1, no o and 0. It lives for days behind a throttle, and argon2.
INITIAL_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
INITIAL_GROUPS, INITIAL_GROUP_CHARACTERS = 4, 4

# OWASP's first recommendation; the library's default costs seven times the time.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_SALT_BYTES = 16
# zxcvbn keeps the words of the person in a variable of its module while it rates: one at a time.
_RATING = threading.Lock()
_SOME_DIGEST = f"${'A' * 43}"
# Computed when there is no account, so that the answer takes as long.
_NOBODYS_WAY = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}"


class PasswordFault(StrEnum):
    """Why a password may not be chosen."""

    TOO_SHORT = "too_short"
    COMMON = "common"
    CONTEXT = "context"
    GUESSABLE = "guessable"
    SAME_AS_BEFORE = "same_as_before"
    SAME_AS_INITIAL = "same_as_initial"


@dataclass(eq=False)
class PasswordTooWeak(Refusal):
    """The password may not be chosen."""

    reason: PasswordFault


class PasswordTooLong(Refusal):
    """More than 1,024 bytes; refused before anything is computed, whoever it is for."""


def refuse_too_long(password: str) -> None:
    """Refuse what would keep the machine busy. Raises: PasswordTooLong."""
    if len(_bytes(password)) > MAX_BYTES:
        raise PasswordTooLong


def refuse_odd_length(password: str) -> None:
    """Refuse what can be refused without thinking. Raises: PasswordTooLong, PasswordTooWeak."""
    refuse_too_long(password)
    if len(password) < MIN_CHARACTERS:
        raise PasswordTooWeak(PasswordFault.TOO_SHORT)


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """Hash exactly what was typed. salt: 16 bytes, random by default."""
    return _HASHER.hash(_bytes(password), salt=salt or secrets.token_bytes(_SALT_BYTES))


def salt_of(hashed: str) -> bytes:
    """Give the salt of a stored hash."""
    return base64.b64decode(hashed.split("$")[-2] + "==")


def first_match(password: str, *, among: Sequence[str]) -> str | None:
    """Find the hash that is the password's, in the time of one comparison as long as the hashes share a salt.

    Without any hash it takes that time too, so that nobody can tell from it whether an account exists.
    """
    ways = {_way_of(hashed) for hashed in among} or {_NOBODYS_WAY}
    computed = [_hash_in_way(way, password) for way in ways]
    return next((known for known in among if any(compare_digest(known, tried) for tried in computed)), None)


def draw_initial_password() -> str:
    """Make a random password that can be read out, such as `k7mq-p2rw-x9cd-3fhn`."""
    groups = (
        "".join(map(secrets.choice, [INITIAL_ALPHABET] * INITIAL_GROUP_CHARACTERS)) for _ in range(INITIAL_GROUPS)
    )
    return "-".join(groups)


def check_strength(password: str, *, words: Iterable[str]) -> None:
    """Refuse what is easily guessed. words: what others know about the person and the company.

    Raises: PasswordTooLong, PasswordTooWeak.
    """
    refuse_odd_length(password)
    known = _known_words(words)
    folded = fold(password)
    rest = _without(folded, known)
    if rest != folded and len(rest) < MIN_CHARACTERS:
        raise PasswordTooWeak(PasswordFault.CONTEXT)
    _refuse_guessable(password, known)


def _refuse_guessable(password: str, known: list[str]) -> None:
    # Imported here: its word lists take 13 MB, and most commands choose no password; the server loads them beforehand.
    from zxcvbn import zxcvbn  # noqa: PLC0415 - as said above
    from zxcvbn.matching import RANKED_DICTIONARIES  # noqa: PLC0415 - as said above

    if password.lower() in RANKED_DICTIONARIES["passwords"]:
        raise PasswordTooWeak(PasswordFault.COMMON)
    rated = password[:MAX_RATED_CHARACTERS]
    parts = (rated[at : at + RATED_PART_CHARACTERS] for at in range(0, len(rated), RATED_PART_CHARACTERS))
    with _RATING:
        is_good = any(zxcvbn(part, user_inputs=known)["score"] >= MIN_SCORE for part in parts)
    if not is_good:
        raise PasswordTooWeak(PasswordFault.GUESSABLE)


def _known_words(words: Iterable[str]) -> list[str]:
    parts = (part for word in (*OBVIOUS_WORDS, *words) for part in _split(fold(word)))
    return sorted({part for part in parts if len(part) >= MIN_WORD_CHARACTERS}, key=len, reverse=True)


def _split(word: str) -> list[str]:
    return "".join(sign if sign.isalnum() else " " for sign in word).split()


def _without(text: str, known: list[str]) -> str:
    for word in known:
        text = text.replace(word, "")
    return text


def _bytes(password: str) -> bytes:
    # A lone surrogate can't be typed, but a script can send one.
    return password.encode("utf-8", "surrogatepass")


def _way_of(hashed: str) -> str:
    """Give all but the digest: parameters and salt, what has to be equal for one computation to do."""
    return hashed.rpartition("$")[0]


def _hash_in_way(way: str, password: str) -> str:
    hasher = PasswordHasher.from_parameters(extract_parameters(way + _SOME_DIGEST))
    return hasher.hash(_bytes(password), salt=salt_of(way + _SOME_DIGEST))
