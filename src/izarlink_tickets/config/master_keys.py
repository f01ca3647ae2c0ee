"""The two master keys of a running process.

A command may change them meanwhile.

Keys in DATA_DIR are read again when they change, so that no process has to restart. Keys from settings stay.
"""

import hmac
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple


class SealingKey:
    """The key that wraps the personal keys, with the ones before it.

    newest: the key that the settings or the files ask for; the database decides which one wraps.
    """

    def __init__(self, *keys: bytes, reload: Callable[[], tuple[bytes, ...]] | None = None) -> None:
        """Take the known keys, the newest first.

        reload: reads them again when an unknown key is asked for; None if they are given by settings.
        """
        self.newest = keys[0]
        self._reload = reload
        self._by_fingerprint = {fingerprint_of(key): key for key in keys}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealingKey) and self._by_fingerprint == other._by_fingerprint

    __hash__ = None  # type: ignore[assignment]  # the known keys change

    def find(self, fingerprint: str) -> bytes | None:
        """Find a key by its fingerprint, or None."""
        if fingerprint not in self._by_fingerprint and self._reload:
            self._by_fingerprint |= {fingerprint_of(key): key for key in self._reload()}
        return self._by_fingerprint.get(fingerprint)

    def all(self) -> tuple[bytes, ...]:
        """Return all known keys, the newest first."""
        return tuple(self._by_fingerprint.values())


class FileState(NamedTuple):
    """The attributes that change with a file's content. Times in nanoseconds."""

    inode: int
    modified_at: int
    size: int


@dataclass(frozen=True, slots=True)
class PreviousKey:
    """A key that no longer signs.

    until: aware UTC; until then its signatures are accepted. None: as long as it is given.
    """

    key: bytes = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Secrets:
    """The key that signs, and the ones before it, the latest first."""

    present: bytes = field(repr=False)
    previous: tuple[PreviousKey, ...] = ()

    def accepted(self, now: datetime) -> tuple[bytes, ...]:
        """Return the keys whose signatures are accepted, the present one last.

        now: aware UTC.
        """
        previous = [before.key for before in self.previous if before.until is None or now <= before.until]
        return (*reversed(previous), self.present)


class SecretKey:
    """The key that signs cookies and forms, and hashes what is counted."""

    def __init__(
        self, secrets: Secrets, *, path: Path | None = None, reload: Callable[[], Secrets] | None = None
    ) -> None:
        """Take the known keys.

        path, reload: the file whose changes are noticed, and how to read it; None if the keys are given by settings.
        """
        self._secrets, self._path, self._reload = secrets, path, reload
        # Of the file when it was last read, or earlier: a change in between is noticed.
        self._state: FileState | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretKey) and self.secrets == other.secrets

    __hash__ = None  # type: ignore[assignment]  # the known keys change

    @property
    def secrets(self) -> Secrets:
        """The keys as they are now; looking takes a microsecond."""
        state = _state_of(self._path)
        if state != self._state and state is not None and self._reload:
            self._secrets, self._state = self._reload(), state
        return self._secrets


@dataclass(frozen=True)
class MasterKeys:
    """Both master keys, of 32 bytes each.

    secret_key: signs forms and hashes the throttle's subjects. sealing: wraps the personal keys.
    """

    secret_key: SecretKey = field(repr=False)
    sealing: SealingKey = field(repr=False)

    @property
    def secret(self) -> bytes:
        """The present secret key. Not to be stored: it may change."""
        return self.secret_key.secrets.present

    def accepted_secrets(self, now: datetime) -> tuple[bytes, ...]:
        """Return the secret keys that are accepted, the present one last.

        now: aware UTC.
        """
        return self.secret_key.secrets.accepted(now)


def derive_key(key: bytes, purpose: bytes) -> bytes:
    """Derive the key of one purpose from a random key.

    Source: HKDF-Expand, RFC 5869 §2.3.
    """
    return hmac.digest(key, b"izarlink-tickets " + purpose + b"\x01", "sha256")


def fingerprint_of(key: bytes) -> str:
    """Return what names a master key without revealing it."""
    return derive_key(key, b"fingerprint").hex()


def unique(keys: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return the keys in their order, each once."""
    return tuple(dict.fromkeys(keys))


def _state_of(path: Path | None) -> FileState | None:
    if path is None:
        return None
    try:
        status = os.stat(path)  # noqa: PTH116 - on each request; Path.stat takes twice as long
    except OSError:
        return None
    return FileState(status.st_ino, status.st_mtime_ns, status.st_size)
