"""Take uploaded files in before the command that names them: checked, sealed, stored and synced (D6)."""

from collections.abc import Sequence
from uuid import uuid4

from izarlink_tickets.attachments import CheckedFile, FolderStore, Upload, check_all
from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys


class Files:
    """The store of attachments, with the keys that seal them."""

    def __init__(self, database: Database, store: FolderStore, *, sealing_key: bytes, max_bytes: int) -> None:
        self._database = database
        self._store = store
        self._sealing_key = sealing_key
        self._max_bytes = max_bytes

    def check(self, uploads: Sequence[Upload]) -> list[CheckedFile]:
        """Refuse what is no acceptable file. Raises: the refusals of `attachments`, TooManyFiles."""
        return check_all(uploads, max_bytes=self._max_bytes)

    def take_in(self, checked: Sequence[CheckedFile], *, sealed_for: str) -> list[File]:
        """Seal and store the files: on disk before any event refers to them. Orphans are swept after a day."""
        if not checked:
            return []
        ids = [str(uuid4()) for _ in checked]

        def seal() -> list[bytes]:
            pairs = zip(ids, checked, strict=True)
            with self._database.command() as connection:
                keys = Keys(connection, self._sealing_key)
                return [keys.seal_bytes(sealed_for, one.content, context=file_id) for file_id, one in pairs]

        sealed = with_retries(seal)
        # The key is committed, the write lock is free again; syncing takes its time outside.
        hashes = [self._store.put(content) for content in sealed]
        return [
            File(file_id, one.name, len(one.content), one.media_type, sha256)
            for file_id, one, sha256 in zip(ids, checked, hashes, strict=True)
        ]

    def content_of(self, *, file_id: str, sha256: str) -> bytes | None:
        """Open a stored file; None where the key of its person is destroyed. Raises: BlobMissing, BlobDamaged."""
        sealed = self._store.get(sha256)
        with self._database.query() as connection:
            return Keys(connection, self._sealing_key).open_bytes(sealed, context=file_id)
