"""Keep sealed bytes in a folder, each file named by its SHA-256: `<root>/<aa>/<sha256>`.

It opens nothing and knows no names: the path depends on the bytes alone, so no name can lead out of the folder.
"""

import errno
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from izarlink_tickets.database import StorageFull
from izarlink_tickets.durable_files import sync_folder, write_new
from izarlink_tickets.failpoints import Point, failpoint

# A command writes its files before its transaction; no transaction, and no refused form, lives that long.
ORPHAN_AGE = timedelta(hours=24)
SWEEP_BATCH = 500
_SHA256 = re.compile("[0-9a-f]{64}")
_BLOBS, _DRAFTS = "[0-9a-f]" * 64, ".*.tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class BlobMissing(Exception):
    """No such bytes in the store."""


class BlobDamaged(Exception):
    """The bytes are no longer those that were stored; they are never served."""


class BlobStorageFull(StorageFull):
    """The disk of the attachments is full; nothing was stored."""


class FolderStore:
    """The folder and its files; nobody but the portal's own system account can read them.

    Sealing the same file twice gives different bytes (a random nonce), so every `put` makes a file of its own. That is
    why `sweep` can't take a file away from a new upload: the new one has a new name and a new age.
    """

    def __init__(self, root: Path) -> None:
        """Prepare without touching the disk."""
        self._root = root

    def put(self, sealed: bytes) -> str:
        """Store the bytes and give their SHA-256 in hex; once it returns they survive a power cut.

        A process that dies half-way leaves a draft under another name, which nobody serves and `sweep` removes.
        Raises: BlobStorageFull.
        """
        sha256 = hashlib.sha256(sealed).hexdigest()
        with _fullness_told():
            folder = self._made_folder(sha256)
            draft = folder / f".{sha256}.{secrets.token_hex(8)}.tmp"
            try:
                write_new(draft, sealed)
                failpoint(Point.BLOB_WRITTEN)
                draft.replace(folder / sha256)
            finally:
                draft.unlink(missing_ok=True)
            sync_folder(folder)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Read the bytes back, checked. Raises: BlobMissing, BlobDamaged."""
        if not _SHA256.fullmatch(sha256):
            raise BlobMissing(sha256)
        try:
            sealed = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(sha256) from error
        if hashlib.sha256(sealed).hexdigest() != sha256:
            raise BlobDamaged(sha256)
        return sealed

    def size_of(self, sha256: str) -> int | None:
        """Say how many sealed bytes are stored under this name, None where there are none; nothing is checked."""
        try:
            return self._path(sha256).stat().st_size if _SHA256.fullmatch(sha256) else None
        except FileNotFoundError:
            return None

    def names(self, *, before: datetime) -> Iterator[str]:
        """List what was stored before a moment (aware UTC), each by its SHA-256."""
        return (path.name for path in self._older(_BLOBS, before))

    def sweep(
        self, referenced: Callable[[list[str]], set[str]], *, now: datetime, older_than: timedelta = ORPHAN_AGE
    ) -> int:
        """Remove old bytes that nothing refers to, and drafts of crashed uploads; give how many files went.

        referenced: which of some digests are still wanted, by an event or a refused form, as of one moment.
        now: aware UTC. older_than: much more than the longest command or session; younger files are left alone,
        because their command may not have committed yet.
        """
        removed = sum(_unlink(path) for path in self._older(_DRAFTS, now - older_than))
        old = self._older(_BLOBS, now - older_than)
        while batch := {path.name: path for path in islice(old, SWEEP_BATCH)}:
            wanted = referenced(list(batch))
            removed += sum(_unlink(path) for name, path in batch.items() if name not in wanted)
        return removed

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def _made_folder(self, sha256: str) -> Path:
        folder = self._path(sha256).parent
        self._root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for made in (self._root, folder):
            made.mkdir(mode=0o700, exist_ok=True)
            # Also where it existed: another process may have made it a moment ago, and not have synced it yet.
            sync_folder(made.parent)
        return folder

    def _older(self, pattern: str, limit: datetime) -> Iterator[Path]:
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            # Listed in one go, because files are removed while the caller walks; a folder holds a 256th of them.
            for path in list(folder.glob(pattern)):
                with suppress(FileNotFoundError):
                    if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit:
                        yield path


def _unlink(path: Path) -> bool:
    """Remove a file; another process's sweep may have been quicker."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _fullness_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise BlobStorageFull from error
        raise
