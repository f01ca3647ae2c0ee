"""The forms of the composer, which write on a ticket."""

from collections.abc import Hashable, Iterable
from datetime import datetime, time, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from izarlink_tickets.application import CommandResult
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.domain.errors import DateNotInFuture
from izarlink_tickets.domain.vocabulary import ACTIONABLE, NOT_CANCELLED, UNFINISHED, UNRESOLVED, State
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.i18n import parse_date
from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import now, portal, settings
from izarlink_tickets.web.desk.form_base import DeskForm, People, PeopleField, Person
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, staff_people
from izarlink_tickets.web.fields import DayField, FilesField, TextField
from izarlink_tickets.web.form_files import FormWithFiles


class WritingForm(DeskForm):
    """A form with a text, in its field `text_name`.

    label: of its tab. hint: who reads the text, and what follows. writing: what colleagues see of its author.
    takes_canned_responses: whether a canned response can be inserted.
    """

    label: ClassVar[str]
    hint: ClassVar[str]
    writing: ClassVar[str]
    text_name: ClassVar[str]
    takes_canned_responses: ClassVar[bool] = True
    template = "desk/_composer.html"
    macro = "part"

    @classmethod
    def macro_arguments(cls, page_data: TicketPageData) -> tuple[Hashable, ...]:
        """Return the canned responses, and the limits of files."""
        return (page_data.choices.responses, settings().attachment_max_bytes, MAX_FILES)

    @property
    def text(self) -> str:
        return self[self.text_name].data or ""

    def insert(self, text: str) -> None:
        """Append a text to the typed one."""
        self[self.text_name].data = f"{self.text}\n\n{text}" if self.text else text


class ReplyForm(WritingForm, FormWithFiles):
    slug = "repondre"
    label = _l("Réponse au client")
    hint = _l("Le client la reçoit par mail.")
    submit = _l("Envoyer la réponse au client")
    done = _l("Votre réponse est envoyée au client.")
    writing = _l("%(name)s rédige une réponse")
    states = UNFINISHED
    text_name = "comment"

    comment = TextField(_l("Réponse"))
    files = FilesField(_l("Fichier (facultatif)"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.add_follow_up(self.context, number=number, text=self.text, uploads=self.uploads())


class NoteForm(WritingForm):
    slug = "note"
    label = _l("Note interne")
    hint = _l("Interne — invisible du client.")
    submit = _l("Enregistrer la note interne (invisible du client)")
    done = _l("La note interne est enregistrée. Le client ne la voit pas.")
    writing = _l("%(name)s rédige une note interne")
    states = NOT_CANCELLED
    text_name = "note"

    note = TextField(_l("Note"))
    mentioned = PeopleField(_l("Prévenir par mail (facultatif)"))

    @classmethod
    def content(cls, page_data: TicketPageData) -> Hashable:
        # The author gets no mail about their own note.
        return _colleagues(page_data.people.staff, page_data.viewer.account_id)

    @classmethod
    def blank(cls, content: People) -> Self:
        return cls(formdata=None).set_choices(content)

    @classmethod
    def from_request(cls, number: int) -> Self:
        return super().from_request(number).set_choices(_colleagues(staff_people(), authentication.viewer().id))

    def set_choices(self, colleagues: People) -> Self:
        self.mentioned.set_people(colleagues)
        return self

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.add_internal_note(
            self.context, number=number, text=self.text, mentioned_ids=self.mentioned.data or ()
        )


class QuestionForm(WritingForm):
    slug = "demander"
    label = _l("Demander des informations")
    hint = _l("Le client la reçoit par mail ; le ticket attend sa réponse.")
    submit = _l("Envoyer la question et attendre la réponse")
    done = _l("Votre question est envoyée. Le ticket attend la réponse du client.")
    writing = _l("%(name)s rédige une question")
    states = UNRESOLVED
    text_name = "question"

    question = TextField(_l("Question au client"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.request_information(self.context, number=number, question=self.text)


class HoldForm(WritingForm):
    slug = "attente"
    label = _l("Mettre en attente")
    hint = _l("Pour un tiers : un opérateur, un fournisseur. Le client reçoit le motif par mail.")
    submit = _l("Mettre en attente d’un tiers et prévenir le client")
    done = _l("Le ticket est en attente d’un tiers.")
    writing = _l("%(name)s met le ticket en attente")
    states = ACTIONABLE
    text_name = "reason"
    takes_canned_responses = False

    reason = TextField(_l("Motif de l’attente"))
    until = DayField(_l("Reprise prévue le"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.hold(self.context, number=number, reason=self.text, until=self._until())

    def _until(self) -> datetime:
        """Return the chosen day's beginning in the viewer's time zone.

        Raises: DateNotInFuture.
        """
        day = parse_date(self.until.data)
        if day is None:
            raise DateNotInFuture
        return datetime.combine(day, time(), ZoneInfo(authentication.viewer().timezone))


class ResolveForm(WritingForm):
    slug = "resoudre"
    label = _l("Résoudre")
    hint = _l("Le client la reçoit par mail, et l’approuve ou la refuse.")
    submit = _l("Proposer la solution au client")
    done = _l("La solution est proposée au client, qui doit l’approuver.")
    writing = _l("%(name)s rédige une solution")
    states = UNRESOLVED
    text_name = "solution"

    solution = TextField(_l("Solution"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.resolve(self.context, number=number, solution=self.text)


class ReviseForm(WritingForm):
    slug = "reviser"
    label = _l("Remplacer la solution")
    hint = _l("Le client reçoit la nouvelle solution par mail, et l’approuve ou la refuse.")
    submit = _l("Remplacer la solution et prévenir le client")
    done = _l("La nouvelle solution est proposée au client.")
    writing = _l("%(name)s réécrit la solution")
    states = (State.RESOLVED,)
    text_name = "solution"

    solution = TextField(_l("Nouvelle solution"))

    @classmethod
    def content(cls, page_data: TicketPageData) -> Hashable:
        return (page_data.solution and page_data.solution.parse().words) or ""

    @classmethod
    def blank(cls, content: str) -> Self:
        return cls(formdata=None, solution=content)

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.revise_solution(self.context, number=number, solution=self.text)


class WithdrawForm(WritingForm):
    slug = "retirer"
    label = _l("Retirer la solution")
    hint = _l("Le client reçoit le motif par mail ; le ticket repasse en cours.")
    submit = _l("Retirer la solution et reprendre le ticket")
    done = _l("La solution est retirée. Le ticket est de nouveau en cours.")
    writing = _l("%(name)s retire la solution")
    states = (State.RESOLVED,)
    text_name = "reason"
    takes_canned_responses = False

    reason = TextField(_l("Pourquoi la retirer"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.withdraw_solution(self.context, number=number, reason=self.text)


class PhoneApprovalForm(WritingForm):
    slug = "approbation"
    label = _l("Approuvée par téléphone")
    hint = _l("Indiquez qui a approuvé. Le client reçoit cette note par mail et peut rouvrir le ticket.")
    submit = _l("Enregistrer l’approbation et clôturer")
    done = _l("L’approbation est enregistrée. Le ticket est clôturé.")
    writing = _l("%(name)s enregistre une approbation")
    states = (State.RESOLVED,)
    text_name = "note"
    takes_canned_responses = False

    note = TextField(_l("Qui a approuvé, et quand"))

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.record_approval(self.context, number=number, note=self.text)


class ReopenForm(WritingForm):
    slug = "rouvrir"
    label = _l("Rouvrir")
    hint = _l("Le client reçoit le motif par mail.")
    submit = _l("Rouvrir le ticket et prévenir le client")
    done = _l("Le ticket est rouvert.")
    writing = _l("%(name)s rouvre le ticket")
    states = (State.CLOSED,)
    text_name = "reason"
    takes_canned_responses = False

    reason = TextField(_l("Pourquoi le rouvrir"))

    @classmethod
    def is_offered(cls, page_data: TicketPageData) -> bool:
        window = timedelta(days=settings().reopen_days)
        return super().is_offered(page_data) and now() <= page_data.ticket.state_since + window

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.reopen(self.context, number=number, reason=self.text)


def _colleagues(staff: Iterable[Person], viewer_id: str) -> tuple[tuple[str, str], ...]:
    return tuple((person.id, person.name) for person in staff if person.id != viewer_id)


# In the order of the tabs. The page opens the first that it offers.
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
        PhoneApprovalForm,
        ReopenForm,
    )
}
