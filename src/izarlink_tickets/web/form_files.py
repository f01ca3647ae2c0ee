"""Forms with files, which stay with a refused form.

Source: guide §3, "un fichier en pièce jointe (maximum 2 Mo)"; the files of a refused form last as long as the session.
"""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from flask import request
from wtforms import HiddenField

from izarlink_tickets.attachments import MAX_FILES, BlobDamaged, BlobMissing, CheckedFile, Upload, with_distinct_names
from izarlink_tickets.domain.errors import Refusal, TooManyFiles
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.file_refusal_messages import MAX_LISTED_NAMES
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.web import csrf, security_events
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import visitor
from izarlink_tickets.web.errors import message_for, status_of
from izarlink_tickets.web.fields import FilesField
from izarlink_tickets.web.forms import Form, new_command_id, uuid_of

# The checkbox beside a pending file: ticked, the file leaves the form.
REMOVED = "retirer"
LOST = _l("Le fichier « {name} » n’a pas pu être relu. Joignez-le de nouveau.")
log = structlog.get_logger(__name__)


class FormWithFiles(Form):
    """A form with files.

    form_id: identifies the form through its refusals, while its command_id may change.
    pending: files of earlier submissions of the form, without the removed ones.
    """

    form_id = HiddenField(default=new_command_id)
    files = FilesField(_l("Fichier"))

    pending: tuple[File, ...] = ()
    _id = ""
    _checked: tuple[CheckedFile, ...] = ()
    _reopened: tuple[Upload, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check the form, and each file by itself."""
        self.form_id.data = self._id = uuid_of(self.form_id.data) or new_command_id()
        super().validate(extra_validators)
        self.pending = self._stored_files() if visitor().has_pending_uploads else ()
        # Other sites must not fill or empty the disk.
        if csrf.is_genuine():
            self._remove(request.form.getlist(REMOVED))
            self._reopened = tuple(upload for file in self.pending if (upload := self._reopen(file)))
            self._check_uploads()
        return not self.has_errors

    def uploads(self) -> list[Upload]:
        """List the form's files: pending ones, then new ones."""
        return [*self._reopened, *(Upload(file.name, file.content) for file in self._checked)]

    def keep_files(self) -> None:
        """Store the uploaded files until the form is sent again."""
        if not self._checked:
            return
        portal().pending_uploads.keep(visitor().session, self._checked, form_id=self._id, now=now())
        self.pending = self._stored_files()
        self._checked = ()

    def _stored_files(self) -> tuple[File, ...]:
        return tuple(portal().pending_uploads.list_for_form(visitor().session, form_id=self._id))

    def _remove(self, file_ids: Collection[str]) -> None:
        for file in self.pending:
            if file.file_id in file_ids:
                portal().pending_uploads.drop(visitor().session, form_id=self._id, file_id=file.file_id)
        self.pending = tuple(file for file in self.pending if file.file_id not in file_ids)

    def _check_uploads(self) -> None:
        known = [CheckedFile(upload.name, "", upload.content) for upload in self._reopened]
        # A file chosen again, or sent again with « Back », is there already; another of its name gets a number.
        accepted = with_distinct_names([*known, *self._accepted(self.files.uploads())])[len(known) :]
        room = max(0, MAX_FILES - len(known))
        self._checked = tuple(accepted[:room])
        if len(accepted) > room:
            self.add_refusal(TooManyFiles(MAX_FILES, tuple(file.name for file in accepted[room:])))

    def _reopen(self, file: File) -> Upload | None:
        try:
            upload = portal().pending_uploads.as_upload(file)
        except (BlobMissing, BlobDamaged) as error:
            log.exception("kept_file_unreadable", file_id=file.file_id, kind=type(error).__name__)
            upload = None
        if upload is None:
            self._remove([file.file_id])
            self.fail(LOST.format(name=file.name), field="files")
        return upload

    def _accepted(self, uploads: Sequence[Upload]) -> list[CheckedFile]:
        files: list[CheckedFile] = []
        refusals: list[Refusal] = []
        for upload in uploads:
            try:
                files += portal().files.check([upload])
            except Refusal as refusal:
                security_events.record_refusal(refusal)
                refusals.append(refusal)
        # The first refused files, and the number of the others.
        for refused in refusals[:MAX_LISTED_NAMES]:
            self.fail(message_for(refused), field="files", status=status_of(refused))
        more = len(refusals) - MAX_LISTED_NAMES
        if more > 0:
            message = ngettext("%(num)s autre fichier est refusé.", "%(num)s autres fichiers sont refusés.", more)
            self.fail(message, field="files", status=self.status)
        return files
