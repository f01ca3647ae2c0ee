"""The forms that write on a ticket: an answer, an internal note, a question, a solution."""

from typing import Self

from wtforms import HiddenField

from izarlink_tickets.domain.errors import Refusal, TicketHasChanged
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.subject import Subject
from izarlink_tickets.web.desk.views import KEPT, UNFINISHED, UNRESOLVED
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import FilesField, TextField
from izarlink_tickets.web.tickets.numbers import whole_number


class ReplyForm(DeskForm, FormWithFiles):
    slug = "repondre"
    submit = "Envoyer la réponse au client"
    states = UNFINISHED

    comment = TextField("Réponse")
    files = FilesField("Fichier (facultatif)")


class NoteForm(DeskForm):
    slug = "note"
    submit = "Enregistrer la note interne"
    states = KEPT

    note = TextField("Note")


class QuestionForm(DeskForm):
    slug = "demander"
    submit = "Envoyer la question et attendre la réponse"
    states = UNRESOLVED

    question = TextField("Question au client")


class ResolveForm(DeskForm):
    """version: the one that the author saw; is_stale: something came in since (D5)."""

    slug = "resoudre"
    submit = "Proposer la solution"
    states = UNRESOLVED

    version = HiddenField()
    solution = TextField("Solution")

    is_stale = False

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return cls(formdata=None, version=str(subject.ticket.version))

    @property
    def seen_version(self) -> int:
        """Give the version seen; a form that names none has seen nothing."""
        return whole_number(self.version.data) or 0

    def show(self, refusal: Refusal) -> None:
        super().show(refusal)
        self.is_stale = isinstance(refusal, TicketHasChanged)
