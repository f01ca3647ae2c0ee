"""Uploaded files, checked, sealed and stored before the command refers to them."""

from collections.abc import Sequence
from uuid import uuid4

from izarlink_tickets.attachments import CheckedFile, FolderStore, Upload, check_all
from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys


class Files:
    """The attachment store, with the keys that seal each file."""

    def __init__(self, database: Database, store: FolderStore, *, sealing_key: bytes, max_bytes: int) -> None:
        self._database = database
        self._store = store
        self._sealing_key = sealing_key
        self._max_bytes = max_bytes

    def check(self, uploads: Sequence[Upload]) -> list[CheckedFile]:
        """Check name, type and size of the files.

        Raises: the refusals of `attachments`, TooManyFiles.
        """
        return check_all(uploads, max_bytes=self._max_bytes)

    def store_checked(self, checked: Sequence[CheckedFile], *, sealed_for: str) -> list[File]:
        """Seal and store the files.

        Housekeeping deletes those that no event refers to after a day.
        """
        if not checked:
            return []
        ids = [str(uuid4()) for _ in checked]

        def seal() -> list[bytes]:
            pairs = zip(ids, checked, strict=True)
            # Reads alone, unless the person has no key yet.
            with self._database.optimistic_command() as opened:
                keys = Keys(opened.connection, self._sealing_key, before_insert=opened.begin_writing)
                return [keys.seal_bytes(sealed_for, file.content, context=file_id) for file_id, file in pairs]

        sealed = with_retries(seal)
        # Outside of the transaction: writing to disk takes long, and the write lock is free meanwhile.
        hashes = [self._store.put(content) for content in sealed]
        return [
            File(file_id, file.name, len(file.content), file.media_type, sha256)
            for file_id, file, sha256 in zip(ids, checked, hashes, strict=True)
        ]

    def content_of(self, *, file_id: str, sha256: str) -> bytes | None:
        """Load a stored file; None if its key is destroyed.

        Raises: BlobMissing, BlobDamaged.
        """
        sealed = self._store.get(sha256)
        with self._database.query() as connection:
            return Keys(connection, self._sealing_key).open_bytes(sealed, context=file_id)
