"""Hashing, comparison and strength of passwords, without storage.

Everything here takes CPU time (22 ms a hash): call it outside transactions.
Source: ASVS 5.0, 6.2.
"""

import base64
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hmac import compare_digest
from pathlib import Path

import structlog
from argon2 import PasswordHasher, extract_parameters

from izarlink_tickets.accounts.breached_passwords import BreachedPasswordsUnreadable, is_breached
from izarlink_tickets.accounts.password_guesses import cost_of
from izarlink_tickets.cpu_bound import cpu_bound
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.text import fold

MIN_CHARACTERS = 8
# Far above any passphrase; argon2 itself takes 42 ms for 10 MB.
MAX_BYTES = 1_024
MIN_SCORE = 3  # zxcvbn: "safely unguessable", more than 10^8 guesses
MIN_COST = 80  # The same 10^8 by `password_guesses`, of somebody who knows French.
# zxcvbn raises above 72 characters, and tries all readings of look-alike characters: 3.8 s for 72 of the worst of
# them, 0.3 s for 24. A password is at least as strong as any part of it.
MAX_RATED_CHARACTERS, RATED_PART_CHARACTERS = 72, 24
# Guessable from the sign-in page.
OBVIOUS_WORDS = (
    *("izarlink", "izar", "support", "ticket", "tickets", "portail", "incident", "demande", "client", "service"),
    *("fibre", "internet", "connexion", "facturation", "ftto", "ftth", "sdsl"),
    *("technicien", "administrateur", "administratrice", "auditeur", "auditrice"),
)
# A short word such as « jo » does not weaken a long password.
MIN_WORD_CHARACTERS = 4
# 80 bits in four groups that can be read out: no l, 1, o or 0. Enough for some days behind a throttle and argon2.
INITIAL_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
INITIAL_GROUPS, INITIAL_GROUP_CHARACTERS = 4, 4

# OWASP's first recommendation; the library's default takes seven times as long.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_SALT_BYTES = 16
_log = structlog.get_logger()
_DUMMY_DIGEST = f"${'A' * 43}"
# Hashed where there is no account, so that the answer takes as long.
_DUMMY_PARAMETERS = f"$argon2id$v=19$m=19456,t=2,p=1${'A' * 22}"


class PasswordFault(StrEnum):
    """The reason why a password is too weak."""

    TOO_SHORT = "too_short"
    COMMON = "common"
    CONTEXT = "context"
    GUESSABLE = "guessable"
    BREACHED = "breached"
    SAME_AS_BEFORE = "same_as_before"
    SAME_AS_INITIAL = "same_as_initial"


@dataclass(eq=False)
class PasswordTooWeak(Refusal):
    """The password is too weak to be chosen."""

    reason: PasswordFault


class PasswordTooLong(Refusal):
    """The password has more than 1,024 bytes; it is refused before hashing."""


def refuse_too_long(password: str) -> None:
    """Check that the password is short enough to hash. Raises: PasswordTooLong."""
    if len(_bytes(password)) > MAX_BYTES:
        raise PasswordTooLong


def refuse_odd_length(password: str) -> None:
    """Check the length alone. Raises: PasswordTooLong, PasswordTooWeak."""
    refuse_too_long(password)
    password = normalise(password)
    # One sign may stand for eighteen.
    refuse_too_long(password)
    if len(password) < MIN_CHARACTERS:
        raise PasswordTooWeak(PasswordFault.TOO_SHORT)


def normalise(password: str) -> str:
    """Return the password in NFKC.

    Keyboards and systems encode « é » in two ways.
    Source: NIST SP 800-63B §3.1.1.2.
    """
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """Hash a password, normalised. salt: 16 bytes, random by default."""
    with cpu_bound():
        return _HASHER.hash(_bytes(normalise(password)), salt=salt or secrets.token_bytes(_SALT_BYTES))


def salt_of(hashed: str) -> bytes:
    """Return the salt of a stored hash."""
    return base64.b64decode(hashed.split("$")[-2] + "==")


def first_match(password: str, *, among: Sequence[str]) -> str | None:
    """Find the hash of the password.

    Hashes with one salt take the time of one; so does an empty sequence, so the time doesn't reveal accounts.
    """
    all_parameters = {_parameters_of(hashed) for hashed in among} or {_DUMMY_PARAMETERS}
    # Earlier releases hashed passwords as they were typed.
    spellings = {normalise(password), password}
    with cpu_bound():
        computed = [_hash_with(parameters, spelling) for parameters in all_parameters for spelling in spellings]
    return next((hashed for hashed in among if any(compare_digest(hashed, digest) for digest in computed)), None)


def draw_initial_password() -> str:
    """Draw a random password that can be read out, such as `k7mq-p2rw-x9cd-3fhn`."""
    return draw_groups(INITIAL_GROUPS)


def draw_groups(count: int) -> str:
    """Draw groups of four random characters, 20 bits each."""
    groups = ("".join(map(secrets.choice, [INITIAL_ALPHABET] * INITIAL_GROUP_CHARACTERS)) for _ in range(count))
    return "-".join(groups)


def check_strength(password: str, *, words: Iterable[str], breached: Path | None = None) -> None:
    """Check that a password is hard to guess.

    words: guessable from the person and the company. breached: the operator's copy of breached ones.
    Raises: PasswordTooLong, PasswordTooWeak.
    """
    refuse_odd_length(password)
    password = normalise(password)
    guessable = _guessable_words(words)
    folded = fold(password)
    rest = _without(folded, guessable)
    if rest != folded and len(rest) < MIN_CHARACTERS:
        raise PasswordTooWeak(PasswordFault.CONTEXT)
    _refuse_guessable(password, guessable)
    if breached:
        _refuse_breached(password, breached)


def _refuse_breached(password: str, breached: Path) -> None:
    try:
        found = is_breached(breached, password)
    except BreachedPasswordsUnreadable as error:
        # Nobody is locked out of their first sign-in by a copy that is being replaced; `doctor` reports it.
        _log.error("breached_passwords_unreadable", cause=str(error))
        return
    if found:
        raise PasswordTooWeak(PasswordFault.BREACHED)


def _refuse_guessable(password: str, guessable: list[str]) -> None:
    # Imported here: the word lists take 13 MB, and most commands choose no password; the server loads them at start.
    from zxcvbn import zxcvbn  # noqa: PLC0415 - see above
    from zxcvbn.matching import RANKED_DICTIONARIES  # noqa: PLC0415 - see above

    if password.lower() in RANKED_DICTIONARIES["passwords"]:
        raise PasswordTooWeak(PasswordFault.COMMON)
    rated = password[:MAX_RATED_CHARACTERS]
    if cost_of(rated, context=guessable) < MIN_COST:
        raise PasswordTooWeak(PasswordFault.GUESSABLE)
    parts = (rated[at : at + RATED_PART_CHARACTERS] for at in range(0, len(rated), RATED_PART_CHARACTERS))
    # In turn also because zxcvbn keeps the person's words in a module variable while it rates.
    with cpu_bound():
        is_good = any(zxcvbn(part, user_inputs=guessable)["score"] >= MIN_SCORE for part in parts)
    if not is_good:
        raise PasswordTooWeak(PasswordFault.GUESSABLE)


def _guessable_words(words: Iterable[str]) -> list[str]:
    parts = (part for word in (*OBVIOUS_WORDS, *words) for part in _split(fold(word)))
    return sorted({part for part in parts if len(part) >= MIN_WORD_CHARACTERS}, key=len, reverse=True)


def _split(word: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in word).split()


def _without(text: str, guessable: list[str]) -> str:
    for word in guessable:
        text = text.replace(word, "")
    return text


def _bytes(password: str) -> bytes:
    # A lone surrogate can't be typed, but a script can send one.
    return password.encode("utf-8", "surrogatepass")


def _parameters_of(hashed: str) -> str:
    """Return a hash's parameters and salt, without its digest."""
    return hashed.rpartition("$")[0]


def _hash_with(parameters: str, password: str) -> str:
    hasher = PasswordHasher.from_parameters(extract_parameters(parameters + _DUMMY_DIGEST))
    return hasher.hash(_bytes(password), salt=salt_of(parameters + _DUMMY_DIGEST))
