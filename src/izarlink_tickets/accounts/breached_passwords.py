"""Look-up of breached passwords in the operator's own copy.

That of « Have I Been Pwned » is one sorted file of lines HASH:COUNT, or a folder of ranges: files named by the first
five characters of a SHA-1, with the other 35. Nothing leaves the machine, is kept in memory or logged.
Source: ASVS 5.0, 6.2.12.
"""

import hashlib
import re
from pathlib import Path
from typing import BinaryIO

RANGE_CHARACTERS = 5
HASH_CHARACTERS = 40
# Of a line with its count, and of a range: today's have 40 kB.
MAX_LINE_BYTES, MAX_RANGE_BYTES = 80, 4_194_304
_LINE = re.compile(rb"[0-9A-Fa-f]{40}(?::\d+)?\r?\n?")
_RANGE_LINE = re.compile(rb"[0-9A-Fa-f]{35}:\d+")
# Ranges at the ends and inside, whose absence shows an incomplete folder.
_SAMPLED_RANGES = ("00000", "3FFFF", "7ABCD", "A0001", "FFFFF")
_SAMPLED_PLACES = 64


class BreachedPasswordsUnreadable(Exception):
    """The operator's copy is missing, unreadable or in another format."""


def is_breached(place: Path, password: str) -> bool:
    """Look a password up. Raises: BreachedPasswordsUnreadable."""
    digest = hashlib.sha1(password.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest().upper()
    try:
        if place.is_dir():
            return _is_in_range(_range_file(place, digest[:RANGE_CHARACTERS]), digest[RANGE_CHARACTERS:].encode())
        with place.open("rb") as file:
            return _is_in_file(file, digest.encode())
    except OSError as error:
        raise BreachedPasswordsUnreadable(error.strerror or type(error).__name__) from error


def check_copy(place: Path) -> str:
    """Check samples of a copy, and describe it. Raises: BreachedPasswordsUnreadable."""
    try:
        if place.is_dir():
            return _check_folder(place)
        with place.open("rb") as file:
            return _check_file(file)
    except OSError as error:
        raise BreachedPasswordsUnreadable(error.strerror or type(error).__name__) from error


def _range_file(folder: Path, prefix: str) -> Path:
    """Return the file of a range, with or without a suffix."""
    plain = folder / prefix
    return plain if plain.exists() else folder / f"{prefix}.txt"


def _is_in_range(file: Path, rest: bytes) -> bool:
    with file.open("rb") as opened:
        content = opened.read(MAX_RANGE_BYTES)
    # A count of 0 pads the answers of the service; it is no breach.
    return any(line.upper().startswith(rest + b":") and not line.endswith(b":0") for line in content.split())


def _is_in_file(file: BinaryIO, digest: bytes) -> bool:
    """Find a hash in a sorted file, in some 40 reads."""
    low, high = 0, file.seek(0, 2)
    while low < high:
        middle = (low + high) // 2
        start, line = _line_after(file, middle)
        if not line or line[:HASH_CHARACTERS].upper() >= digest:
            high = middle
        else:
            low = start + len(line)
    found = _line_after(file, low)[1].strip()
    return found[:HASH_CHARACTERS].upper() == digest and not found.endswith(b":0")


def _line_after(file: BinaryIO, place: int) -> tuple[int, bytes]:
    """Return where the next line begins, and the line."""
    file.seek(max(0, place - 1))
    if place:
        file.readline(MAX_LINE_BYTES)
    return file.tell(), file.readline(MAX_LINE_BYTES)


def _check_folder(folder: Path) -> str:
    for prefix in _SAMPLED_RANGES:
        file = _range_file(folder, prefix)
        if not file.exists():
            raise BreachedPasswordsUnreadable(f"the range {prefix} is missing")
        with file.open("rb") as opened:
            lines = opened.read(MAX_RANGE_BYTES).split()
        if not lines or not all(map(_RANGE_LINE.fullmatch, lines)):
            raise BreachedPasswordsUnreadable(f"the range {prefix} is in another format")
    return "a folder of ranges"


def _check_file(file: BinaryIO) -> str:
    size = file.seek(0, 2)
    lines = [_line_after(file, size * nth // _SAMPLED_PLACES)[1] for nth in range(_SAMPLED_PLACES)]
    hashes = [line[:HASH_CHARACTERS].upper() for line in lines if line]
    if not hashes or not all(_LINE.fullmatch(line) for line in lines if line):
        raise BreachedPasswordsUnreadable("it has no lines HASH:COUNT")
    if hashes != sorted(hashes):
        raise BreachedPasswordsUnreadable("its lines are not sorted by hash")
    return f"a sorted file of {size // 2**20} MiB"
