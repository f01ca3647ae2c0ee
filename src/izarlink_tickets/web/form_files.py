"""Forms that take files: what was accepted stays with the form while it comes back refused (R19)."""

from collections.abc import Collection, Sequence
from typing import Any

import structlog
from flask import request
from wtforms import HiddenField

from izarlink_tickets.attachments import MAX_FILES, BlobDamaged, BlobMissing, CheckedFile, Upload
from izarlink_tickets.domain.errors import Refusal, TooManyFiles
from izarlink_tickets.domain.vocabulary import File
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.refusal_messages import MAX_LISTED_NAMES
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import visitor
from izarlink_tickets.web.errors import sentence, status_of
from izarlink_tickets.web.forms import FilesField, Form, new_command_id, uuid_of

# The box beside a kept file: ticked, the file is left out of what is sent.
DROPPED = "retirer"
LOST = _l("Le fichier « {name} » n’a pas pu être relu. Joignez-le de nouveau.")
log = structlog.get_logger(__name__)


class FormWithFiles(Form):
    """A form with files. Call `keep_files` before it is shown again.

    form_id: names it while it comes back, whatever happens to its command_id.
    """

    form_id = HiddenField(default=new_command_id)
    files = FilesField(_l("Fichier"))

    _id = ""
    _checked: tuple[CheckedFile, ...] = ()
    _kept: tuple[File, ...] = ()
    _reopened: tuple[Upload, ...] = ()

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Say whether the form may be carried out; files are looked at one by one, so that the good ones are kept."""
        self.form_id.data = self._id = uuid_of(self.form_id.data) or new_command_id()
        super().validate(extra_validators)
        self._kept = tuple(portal().pending_uploads.of_form(visitor().session, form_id=self._id))
        # What wasn't sent from our form must not fill the disk, nor empty it.
        if csrf.is_genuine():
            self._drop(request.form.getlist(DROPPED))
            self._check()
            self._reopened = tuple(upload for file in self._kept if (upload := self._reopen(file)))
        return not self.has_errors

    @property
    def kept(self) -> tuple[File, ...]:
        """The files that came with the form before, and were not taken out."""
        return self._kept

    def uploads(self) -> list[Upload]:
        """Give all files of the form: those kept from before, then those that came now."""
        return [*self._reopened, *(Upload(file.name, file.content) for file in self._checked)]

    def keep_files(self) -> None:
        """Keep what came now for the next time."""
        if not self._checked:
            return
        portal().pending_uploads.keep(visitor().session, self._checked, form_id=self._id, now=now())
        self._kept = tuple(portal().pending_uploads.of_form(visitor().session, form_id=self._id))
        self._checked = ()

    def _drop(self, unwanted: Collection[str]) -> None:
        for file in self._kept:
            if file.file_id in unwanted:
                portal().pending_uploads.drop(visitor().session, form_id=self._id, file_id=file.file_id)
        self._kept = tuple(file for file in self._kept if file.file_id not in unwanted)

    def _check(self) -> None:
        accepted = self._accepted(self.files.uploads())
        # Chosen again, or sent again with « Back »: the new one takes the place of the one before.
        names = {file.name for file in accepted}
        self._drop([file.file_id for file in self._kept if file.name in names])
        room = max(0, MAX_FILES - len(self._kept))
        self._checked = tuple(accepted[:room])
        if len(accepted) > room:
            self.show(TooManyFiles(MAX_FILES, tuple(file.name for file in accepted[room:])))

    def _reopen(self, file: File) -> Upload | None:
        try:
            upload = portal().pending_uploads.reopened(file)
        except (BlobMissing, BlobDamaged) as error:
            log.exception("kept_file_unreadable", file_id=file.file_id, kind=type(error).__name__)
            upload = None
        if upload is None:
            self._drop([file.file_id])
            self.fail(LOST.format(name=file.name), field="files")
        return upload

    def _accepted(self, uploads: Sequence[Upload]) -> list[CheckedFile]:
        files: list[CheckedFile] = []
        refusals: list[Refusal] = []
        for upload in uploads:
            try:
                files += portal().files.check([upload])
            except Refusal as refusal:
                refusals.append(refusal)
        self._tell(refusals)
        return files

    def _tell(self, refusals: Sequence[Refusal]) -> None:
        """Say what is wrong with the first files, and of how many more something is."""
        for one in refusals[:MAX_LISTED_NAMES]:
            self.fail(sentence(one), field="files", status=status_of(one))
        more = len(refusals) - MAX_LISTED_NAMES
        if more > 0:
            said = ngettext("%(num)s autre fichier est refusé.", "%(num)s autres fichiers sont refusés.", more)
            self.fail(said, field="files", status=self.status)
