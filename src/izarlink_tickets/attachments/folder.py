"""A folder of sealed files, named by their SHA-256: `<root>/<aa>/<sha256>`.

The path depends on the bytes alone, so no file name can lead out of the folder.
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

# A command writes its files before its transaction; transactions and refused forms end earlier than this.
ORPHAN_AGE = timedelta(hours=24)
SWEEP_BATCH = 500
_SHA256 = re.compile("[0-9a-f]{64}")
_BLOBS, _DRAFTS = "[0-9a-f]" * 64, ".*.tmp"
_FULL = (errno.ENOSPC, errno.EDQUOT)


class BlobMissing(Exception):
    """The store has no such file."""


class BlobDamaged(Exception):
    """The stored bytes have changed; they are never served."""


class BlobStorageFull(StorageFull):
    """The disk of the attachments is full; nothing was stored."""


class FolderStore:
    """The folder and its files, readable only by the portal's system account.

    Sealing a file twice makes different bytes (a random nonce), so every `put` writes a new file with a new age, and
    `sweep` never removes the file of a new upload.
    """

    def __init__(self, root: Path) -> None:
        """Prepare without touching the disk."""
        self._root = root

    def put(self, sealed: bytes) -> str:
        """Store the bytes durably, and return their SHA-256 in hex.

        A killed process leaves a draft under another name, which is never served, and which `sweep` removes.
        Raises: BlobStorageFull.
        """
        sha256 = hashlib.sha256(sealed).hexdigest()
        with _full_disk_reported():
            folder = self._create_folder(sha256)
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
        """Load and check the bytes. Raises: BlobMissing, BlobDamaged."""
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
        """Return the size of a stored file, unchecked, or None."""
        try:
            return self._path(sha256).stat().st_size if _SHA256.fullmatch(sha256) else None
        except FileNotFoundError:
            return None

    def delete(self, sha256: str) -> None:
        """Delete a file that nothing refers to, if it exists."""
        if _SHA256.fullmatch(sha256):
            _unlink(self._path(sha256))

    def names(self, *, before: datetime) -> Iterator[str]:
        """Yield the SHA-256 of files stored before an aware moment."""
        return (path.name for path in self._older(_BLOBS, before))

    def sweep(
        self, referenced: Callable[[list[str]], set[str]], *, now: datetime, older_than: timedelta = ORPHAN_AGE
    ) -> int:
        """Delete old unreferenced files and the drafts of crashed uploads.

        Return how many.
        referenced: returns those of the given digests that an event or a refused form refers to.
        now: aware UTC. older_than: longer than any command or session; younger files stay, because their command may
        not have committed yet.
        """
        removed = sum(_unlink(path) for path in self._older(_DRAFTS, now - older_than))
        old = self._older(_BLOBS, now - older_than)
        while batch := {path.name: path for path in islice(old, SWEEP_BATCH)}:
            needed = referenced(list(batch))
            removed += sum(_unlink(path) for name, path in batch.items() if name not in needed)
        return removed

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256

    def _create_folder(self, sha256: str) -> Path:
        folder = self._path(sha256).parent
        self._root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for new in (self._root, folder):
            new.mkdir(mode=0o700, exist_ok=True)
            # Even if it existed: another process may have just created it, and not synced it yet.
            sync_folder(new.parent)
        return folder

    def _older(self, pattern: str, limit: datetime) -> Iterator[Path]:
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            # Listed at once, because files are removed during the walk; each folder holds a 256th of them.
            for path in list(folder.glob(pattern)):
                with suppress(FileNotFoundError):
                    if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit:
                        yield path


def _unlink(path: Path) -> bool:
    """Delete a file; False if another process did already."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _full_disk_reported() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise BlobStorageFull from error
        raise
