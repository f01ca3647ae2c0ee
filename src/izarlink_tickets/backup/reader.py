"""An open backup, and the complete check of it before a restore."""

import hashlib
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import orjson
from pydantic import ValidationError

from izarlink_tickets.attachments import BlobDamaged, BlobMissing, FolderStore
from izarlink_tickets.backup.backup_errors import (
    AttachmentsMissing,
    BackupDamaged,
    BackupIsNewer,
    NotABackup,
    SealingKeyMissing,
)
from izarlink_tickets.backup.manifest import FORMAT, MANIFEST, BackupPart, Manifest, TablePart, attachment_name
from izarlink_tickets.backup.values import decode
from izarlink_tickets.config import SealingKey
from izarlink_tickets.config.settings import ATTACHMENT_CEILING_BYTES
from izarlink_tickets.event_store.log_epochs import NO_DIGEST, digest_of
from izarlink_tickets.progress import Progress, counted, no_progress
from izarlink_tickets.sealing import FINGERPRINT

Row = dict[str, object]
# Twice the largest possible attachment; a forged file takes no more memory.
LARGEST_BYTES = 2 * ATTACHMENT_CEILING_BYTES
# Some kB, and 67 bytes for each lost attachment: enough for a million.
LARGEST_MANIFEST_BYTES = 64 * 2**20
# The errors of the zip library for damaged and missing parts.
_DAMAGE = (BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class Backup:
    """An open backup. files: the folder of attachments outside of it."""

    manifest: Manifest
    archive: ZipFile
    files: FolderStore | None

    def rows(self, part: TablePart) -> Iterator[Row]:
        """Yield the decoded rows of a table. Raises: BackupDamaged."""
        for line in self._lines(part):
            yield _row(part, line)

    def hashes(self) -> Iterator[str]:
        """Yield the hash of each attachment. Raises: BackupDamaged."""
        for line in self._lines(self.manifest.attachments):
            try:
                yield _hash(line)
            except (ValueError, TypeError, LookupError) as error:
                raise BackupDamaged(self.manifest.attachments.file, "has a line that can't be read") from error

    def attachment(self, sha256: str) -> bytes:
        """Load a sealed attachment, checked. Raises: BlobMissing, BlobDamaged."""
        if not self.manifest.attachments.are_inside:
            if self.files is None:
                raise BlobMissing(sha256)
            return self.files.get(sha256)
        try:
            with self.archive.open(attachment_name(sha256)) as file:
                sealed = file.read(LARGEST_BYTES)
        except KeyError as error:
            raise BlobMissing(sha256) from error
        except _DAMAGE as error:
            raise BlobDamaged(sha256) from error
        if hashlib.sha256(sealed).hexdigest() != sha256:
            raise BlobDamaged(sha256)
        return sealed

    def check(self, *, sealing_key: SealingKey, progress: Progress = no_progress) -> None:
        """Check everything except the attachments. Raises: BackupDamaged, SealingKeyMissing.

        The data itself is not verified: a faithful copy of damaged data must be restorable, too. progress: in rows.
        """
        rows = chain.from_iterable(map(self.rows, self.manifest.tables))
        deque(counted(rows, progress, total=self.manifest.rows), maxlen=0)
        self._check_log()
        self._check_key(sealing_key)

    def _rows_of(self, table: str) -> Iterator[Row]:
        part = next((part for part in self.manifest.tables if part.name == table), None)
        if part is None:
            raise BackupDamaged(f"tables/{table}.jsonl", "is missing")
        return self.rows(part)

    def _check_log(self) -> None:
        """Check that the log ends with the manifest's event."""
        last = next(iter(deque(self._rows_of("events"), maxlen=1)), None)
        digest = digest_of(**last) if last else NO_DIGEST  # type: ignore[arg-type]  # the columns of `events`
        if (last["position"] if last else 0, digest) != (self.manifest.position, self.manifest.digest):
            raise BackupDamaged("tables/events.jsonl", "doesn't end as the manifest says")

    def _check_key(self, sealing_key: SealingKey) -> None:
        """Check the sealing keys, also those of an unfinished change."""
        values = {str(row["name"]): str(row["value"]) for row in self._rows_of("installation")}
        needed = {values.get(FINGERPRINT, ""), *self._wrapping_keys()}
        if missing := [fingerprint for fingerprint in sorted(needed) if sealing_key.find(fingerprint) is None]:
            raise SealingKeyMissing(missing[0])

    def _wrapping_keys(self) -> Iterator[str]:
        for row in self._rows_of("sealing_keys"):
            # Releases before step 0015 knew one master key only.
            if row["wrapped"] is not None and (fingerprint := row.get("wrapped_by")):
                yield str(fingerprint)

    def check_attachments(self, *, progress: Progress = no_progress) -> None:
        """Check every attachment. progress: in attachments. Raises: BackupDamaged, AttachmentsMissing."""
        hashes = counted(self.hashes(), progress, total=self.manifest.attachments.rows)
        missing = [sha256 for sha256 in hashes if not self._has(sha256)]
        if missing:
            raise AttachmentsMissing(len(missing), missing[0])

    def _has(self, sha256: str) -> bool:
        try:
            self.attachment(sha256)
        except (BlobMissing, BlobDamaged):
            return False
        return True

    def _lines(self, part: BackupPart) -> Iterator[bytes]:
        """Yield the lines of a part, up to the manifest's size.

        Compare its hash at the end.
        """
        sha256, rows, size = hashlib.sha256(), 0, 0
        try:
            with self.archive.open(part.file) as file:
                while line := file.readline(LARGEST_BYTES):
                    sha256.update(line)
                    rows, size = rows + 1, size + len(line)
                    if rows > part.rows or size > part.size:
                        break
                    yield line
        except _DAMAGE as error:
            raise BackupDamaged(part.file, "can't be unpacked") from error
        if (rows, size, sha256.hexdigest()) != (part.rows, part.size, part.sha256):
            raise BackupDamaged(part.file, "differs from its checksum")


@contextmanager
def open_backup(path: Path, *, known_steps: list[str], files: FolderStore | None = None) -> Iterator[Backup]:
    """Open a backup that this release can read. known_steps: of the schema.

    Raises: FileNotFoundError, OSError, NotABackup, BackupIsNewer.
    """
    try:
        archive = ZipFile(path)
    except BadZipFile as error:
        raise NotABackup from error
    with archive:
        yield Backup(_manifest(archive, known_steps), archive, files)


def _hash(line: bytes) -> str:
    sha256 = orjson.loads(line)["sha256"]
    if not isinstance(sha256, str):
        raise TypeError
    return sha256


def _manifest(archive: ZipFile, known_steps: list[str]) -> Manifest:
    try:
        with archive.open(MANIFEST) as file:
            content = orjson.loads(file.read(LARGEST_MANIFEST_BYTES))
        version = content["format"]
    except (*_DAMAGE, ValueError, TypeError) as error:
        raise NotABackup from error
    if isinstance(version, int) and version > FORMAT:
        raise BackupIsNewer(f"format {version}")
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        raise NotABackup from error
    if manifest.schema_step not in known_steps:
        raise BackupIsNewer(f"step {manifest.schema_step}")
    return manifest


def _row(part: TablePart, line: bytes) -> Row:
    try:
        content = orjson.loads(line)
        return {name: decode(kind, content[name]) for name, kind in part.columns.items()}
    except (ValueError, TypeError, LookupError) as error:
        raise BackupDamaged(part.file, "has a line that can't be read") from error
