"""Files of a refused form, stored so that nobody chooses them again."""

from collections.abc import Sequence
from datetime import datetime

from izarlink_tickets.application.files import Files
from izarlink_tickets.attachments import CheckedFile, Upload
from izarlink_tickets.config import SealingKey
from izarlink_tickets.database import Database, with_retries
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.sealing import Keys
from izarlink_tickets.sessions import (
    Session,
    discard_pending_upload,
    list_pending_uploads,
    pending_hashes,
    store_pending_uploads,
)


class PendingUploads:
    """The files of a session's forms, sealed for the signed-in person.

    They stay until the session ends, also after the command: a form sent twice brings the same files twice, and so gets
    the same answer. A person has a limited number of them, whatever their sessions and forms: the oldest go first.
    """

    def __init__(self, database: Database, files: Files, *, sealing_key: SealingKey) -> None:
        self._database = database
        self._files = files
        self._sealing_key = sealing_key

    def keep(self, session: Session, checked: Sequence[CheckedFile], *, form_id: str, now: datetime) -> None:
        """Seal and store checked files for the form.

        form_id: a UUID that the form has each time it comes back. now: aware UTC.
        """
        if not checked:
            return
        stored = self._files.store_checked(checked, sealed_for=session.account.id)
        hashes = [file.sha256 for file in stored]

        def store() -> list[str]:
            with self._database.command() as connection:
                # After an unanswered COMMIT they may be stored already: each upload has a hash of its own.
                if pending_hashes(connection, among=hashes):
                    return []
                keys = Keys(connection, self._sealing_key)
                return store_pending_uploads(connection, keys, session=session, form_id=form_id, files=stored, now=now)

        self._files.delete(with_retries(store))

    def list_for_form(self, session: Session, *, form_id: str) -> list[File]:
        """List the files of the form in the order of their upload."""
        with self._database.query() as connection:
            return list_pending_uploads(
                connection, Keys(connection, self._sealing_key), session=session, form_id=form_id
            )

    def as_upload(self, file: File) -> Upload | None:
        """Load a file as an upload; None if it is erased.

        Raises: BlobMissing, BlobDamaged.
        """
        content = self._files.content_of(file_id=file.file_id, sha256=file.sha256)
        return None if content is None else Upload(file.name, content)

    def drop(self, session: Session, *, form_id: str, file_id: str) -> None:
        """Delete one file of the form."""

        def delete() -> list[str]:
            with self._database.command() as connection:
                return discard_pending_upload(connection, session=session, form_id=form_id, file_id=file_id)

        self._files.delete(with_retries(delete))
