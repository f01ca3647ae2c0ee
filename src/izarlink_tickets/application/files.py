"""Uploaded files, checked, sealed and stored before the command refers to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

import structlog

from izarlink_tickets.attachments import (
    CheckedFile,
    ClamdScanner,
    FileInfected,
    FileNotScanned,
    FolderStore,
    ScannerUnavailable,
    Upload,
    check_all,
)
from izarlink_tickets.attachments.thumbnails import (
    DECODED_TYPES,
    Thumbnail,
    ThumbnailFailed,
    make_thumbnail,
    thumbnail_context,
)
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.event_store import lock_head
from izarlink_tickets.projections.history_queries import referenced
from izarlink_tickets.sealing import Keys
from izarlink_tickets.sessions import pending_hashes

log = structlog.get_logger(__name__)


class Files:
    """The attachment store, with the keys that seal each file."""

    def __init__(
        self,
        database: Database,
        store: FolderStore,
        *,
        sealing_key: SealingKey,
        max_bytes: int,
        scanner: ClamdScanner | None,
    ) -> None:
        self._database = database
        self._store = store
        self._sealing_key = sealing_key
        self._max_bytes = max_bytes
        self._scanner = scanner

    def check(self, uploads: Sequence[Upload]) -> list[CheckedFile]:
        """Check name, type, size and virus scan of the files.

        Raises: the refusals of `attachments`, TooManyFiles.
        """
        checked = check_all(uploads, max_bytes=self._max_bytes)
        if self._scanner:
            for file in checked:
                _scan(self._scanner, file)
        return checked

    def with_thumbnails(self, checked: Sequence[CheckedFile]) -> list[CheckedFile]:
        """Add the thumbnails of pictures, each from its own process."""
        return [replace(file, thumbnail=_thumbnail_of(file)) for file in checked]

    def store_checked(self, checked: Sequence[CheckedFile], *, sealed_for: str) -> list[File]:
        """Seal and store the files of a command or form.

        `discard` deletes those that it leaves; housekeeping does after a day, where a process died in between.
        """
        if not checked:
            return []
        ids = [str(uuid4()) for _ in checked]
        contents = [piece for file_id, file in zip(ids, checked, strict=True) for piece in _contents(file_id, file)]

        def seal() -> list[bytes]:
            # Reads alone, unless the person has no key yet.
            with self._database.optimistic_command() as opened:
                keys = Keys(opened.connection, self._sealing_key, before_insert=opened.begin_writing)
                return [keys.seal_bytes(sealed_for, content, context=context) for context, content in contents]

        sealed = with_retries(seal)
        # Outside of the transaction: writing to disk takes long, and the write lock is free meanwhile.
        hashes = {context: self._store.put(content) for (context, _), content in zip(contents, sealed, strict=True)}
        return [_stored(file_id, file, hashes) for file_id, file in zip(ids, checked, strict=True)]

    def discard(self, files: Sequence[File]) -> None:
        """Delete the stored files that nothing refers to.

        A command may be stored although its COMMIT was not answered. Behind the head of the log, where its transaction
        is over, its events are seen or will never be.
        """
        hashes = [sha256 for file in files for sha256 in (file.sha256, file.thumbnail_sha256) if sha256]
        if not hashes:
            return
        with self._database.command() as connection:
            lock_head(connection)
            unused = set(hashes) - referenced(connection, hashes=hashes) - pending_hashes(connection, among=hashes)
        self.delete(unused)

    def delete(self, hashes: Iterable[str]) -> None:
        """Delete stored files, after the COMMIT that dropped their rows.

        A process that dies before leaves them to housekeeping.
        """
        for sha256 in hashes:
            self._store.delete(sha256)

    def content_of(self, *, file_id: str, sha256: str) -> bytes | None:
        """Load a stored file; None if its key is destroyed.

        Raises: BlobMissing, BlobDamaged.
        """
        sealed = self._store.get(sha256)
        with self._database.query() as connection:
            return Keys(connection, self._sealing_key).open_bytes(sealed, context=file_id)


def _scan(scanner: ClamdScanner, file: CheckedFile) -> None:
    """Refuse a file that the scanner doesn’t call clean."""
    try:
        signature = scanner.find_virus(file.content)
    except ScannerUnavailable as error:
        log.error("scanner_unavailable", reason=str(error), exc_info=False)  # noqa: TRY400 - no fault of ours to trace
        raise FileNotScanned(file.name) from error
    if signature is not None:
        log.warning("file_infected", signature=signature, media_type=file.media_type, size=len(file.content))
        raise FileInfected(file.name, signature)


def _contents(file_id: str, file: CheckedFile) -> Iterator[tuple[str, bytes]]:
    """Yield the pieces to store, each with its seal’s context."""
    yield file_id, file.content
    if file.thumbnail:
        yield thumbnail_context(file_id), file.thumbnail.content


def _stored(file_id: str, file: CheckedFile, hashes: Mapping[str, str]) -> File:
    stored = File(file_id, file.name, len(file.content), file.media_type, hashes[file_id])
    if file.thumbnail is None:
        return stored
    return replace(
        stored,
        thumbnail_sha256=hashes[thumbnail_context(file_id)],
        thumbnail_width=file.thumbnail.width,
        thumbnail_height=file.thumbnail.height,
    )


def _thumbnail_of(file: CheckedFile) -> Thumbnail | None:
    if file.media_type not in DECODED_TYPES:
        return None
    try:
        return make_thumbnail(file.content)
    except ThumbnailFailed as error:
        log.warning("thumbnail_failed", media_type=file.media_type, size=len(file.content), reason=str(error))
        return None
