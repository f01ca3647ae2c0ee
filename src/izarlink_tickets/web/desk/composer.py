"""The forms that write on a ticket, of which the composer shows one at a time: an answer, a note, a solution."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from izarlink_tickets.accounts import Account
from izarlink_tickets.application import Answer
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.domain.errors import DateNotInFuture
from izarlink_tickets.domain.vocabulary import Act, State
from izarlink_tickets.web import authentication
from izarlink_tickets.web.context import now, settings
from izarlink_tickets.web.desk.form_base import DeskForm, PeopleField
from izarlink_tickets.web.desk.subject import Subject, staff_people
from izarlink_tickets.web.desk.views import KEPT, TO_DO, UNFINISHED, UNRESOLVED
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import FilesField, LineField, TextField


class WritingForm(DeskForm):
    """A form with a text, which is its `text_name`.

    label: of its tab; hint: who reads the text, and what follows; writing: what its author is seen doing. takes_texts:
    whether a canned text may go in.
    """

    label: ClassVar[str]
    hint: ClassVar[str]
    writing: ClassVar[str]
    text_name: ClassVar[str]
    takes_texts: ClassVar[bool] = True

    @property
    def text(self) -> str:
        return self[self.text_name].data or ""

    def insert(self, words: str) -> None:
        """Add a text below what is typed already."""
        self[self.text_name].data = f"{self.text}\n\n{words}" if self.text else words


class ReplyForm(WritingForm, FormWithFiles):
    slug = "repondre"
    label = "Réponse au client"
    hint = "Le client la reçoit par mail."
    submit = "Envoyer la réponse au client"
    done = "Votre réponse est envoyée au client."
    writing = "rédige une réponse"
    states = UNFINISHED
    text_name = "comment"

    comment = TextField("Réponse")
    files = FilesField("Fichier (facultatif)")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.add_follow_up(act, number=number, text=self.text, uploads=self.uploads())


class NoteForm(WritingForm):
    slug = "note"
    label = "Note interne"
    hint = "Interne — invisible du client."
    submit = "Enregistrer la note interne (invisible du client)"
    done = "La note interne est enregistrée. Le client ne la voit pas."
    writing = "rédige une note interne"
    states = KEPT
    text_name = "note"

    note = TextField("Note")
    mentioned = PeopleField("Prévenir par mail (facultatif)")

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return super().blank(subject).offer(subject.staff)

    @classmethod
    def sent(cls, number: int) -> Self:
        return super().sent(number).offer(staff_people())

    def offer(self, staff: Iterable[Account]) -> Self:
        # Nobody is mailed about his own act.
        self.mentioned.offer(one for one in staff if one.id != authentication.viewer().id)
        return self

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.add_internal_note(act, number=number, text=self.text, mentioned_ids=self.mentioned.data or ())


class QuestionForm(WritingForm):
    slug = "demander"
    label = "Demander des informations"
    hint = "Le client la reçoit par mail ; le ticket attend sa réponse."
    submit = "Envoyer la question et attendre la réponse"
    done = "Votre question est envoyée. Le ticket attend la réponse du client."
    writing = "rédige une question"
    states = UNRESOLVED
    text_name = "question"

    question = TextField("Question au client")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.request_information(act, number=number, question=self.text)


class HoldForm(WritingForm):
    slug = "attente"
    label = "Mettre en attente"
    hint = "Pour un tiers : un opérateur, un fournisseur. Le client reçoit la raison par mail."
    submit = "Mettre en attente d’un tiers et prévenir le client"
    done = "Le ticket est en attente d’un tiers."
    writing = "met le ticket en attente"
    states = TO_DO
    text_name = "reason"
    takes_texts = False

    reason = TextField("Raison de l’attente")
    until = LineField("Reprise prévue le")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.hold(act, number=number, reason=self.text, until=self._until())

    def _until(self) -> datetime:
        """Give the beginning of the day that was chosen, where the person is."""
        try:
            day = date.fromisoformat(self.until.data or "")
        except ValueError:
            raise DateNotInFuture from None
        return datetime.combine(day, time(), ZoneInfo(authentication.viewer().timezone))


class ResolveForm(WritingForm):
    slug = "resoudre"
    label = "Résoudre"
    hint = "Le client la reçoit par mail, et l’approuve ou la refuse."
    submit = "Proposer la solution au client"
    done = "La solution est proposée au client, qui doit l’approuver."
    writing = "rédige une solution"
    states = UNRESOLVED
    text_name = "solution"

    solution = TextField("Solution")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.resolve(act, number=number, solution=self.text)


class ReviseForm(WritingForm):
    slug = "reviser"
    label = "Remplacer la solution"
    hint = "Le client reçoit la nouvelle solution par mail, et l’approuve ou la refuse."
    submit = "Remplacer la solution et prévenir le client"
    done = "La nouvelle solution est proposée au client."
    writing = "réécrit la solution"
    states = (State.RESOLU,)
    text_name = "solution"

    solution = TextField("Nouvelle solution")

    @classmethod
    def present(cls, subject: Subject) -> dict[str, Any]:
        return {"solution": (subject.solution and subject.solution.words) or ""}

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.revise_solution(act, number=number, solution=self.text)


class WithdrawForm(WritingForm):
    slug = "retirer"
    label = "Retirer la solution"
    hint = "Le client reçoit la raison par mail ; le ticket repasse en cours."
    submit = "Retirer la solution et reprendre le ticket"
    done = "La solution est retirée. Le ticket est de nouveau en cours."
    writing = "retire la solution"
    states = (State.RESOLU,)
    text_name = "reason"
    takes_texts = False

    reason = TextField("Pourquoi la retirer")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.withdraw_solution(act, number=number, reason=self.text)


class ApprovalForm(WritingForm):
    slug = "approbation"
    label = "Approuvée par téléphone"
    hint = "Nommez la personne. Le client reçoit cette note par mail, et peut rouvrir le ticket."
    submit = "Enregistrer l’approbation et clôturer"
    done = "L’approbation est enregistrée. Le ticket est clôturé."
    writing = "enregistre une approbation"
    states = (State.RESOLU,)
    text_name = "note"
    takes_texts = False

    note = TextField("Qui a approuvé, et quand")

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.record_approval(act, number=number, note=self.text)


class ReopenForm(WritingForm):
    slug = "rouvrir"
    label = "Rouvrir"
    hint = "Le client reçoit la raison par mail."
    submit = "Rouvrir le ticket et prévenir le client"
    done = "Le ticket est rouvert."
    writing = "rouvre le ticket"
    states = (State.CLOTURE,)
    text_name = "reason"
    takes_texts = False

    reason = TextField("Pourquoi le rouvrir")

    @classmethod
    def is_offered(cls, subject: Subject) -> bool:
        window = timedelta(days=settings().reopen_days)
        return super().is_offered(subject) and now() <= subject.ticket.state_since + window

    def give(self, tickets: Tickets, act: Act, number: int) -> Answer:
        return tickets.reopen(act, number=number, reason=self.text)


# In the order of the tabs. The first that the ticket's state offers stands open.
COMPOSER: dict[str, type[WritingForm]] = {
    form.slug: form
    for form in (
        ReplyForm,
        NoteForm,
        QuestionForm,
        HoldForm,
        ResolveForm,
        ReviseForm,
        WithdrawForm,
        ApprovalForm,
        ReopenForm,
    )
}
