"""The forms of a ticket at the desk, one for each thing that can be done to it; those that write are in `composer`.

They check nothing that the domain checks.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from wtforms import HiddenField

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.directory import Category, Service
from izarlink_tickets.domain.vocabulary import GROUP_SEPARATOR, IMPACTS, State, Urgency
from izarlink_tickets.web.context import now, settings
from izarlink_tickets.web.desk.composer import NoteForm, QuestionForm, ReplyForm, ResolveForm
from izarlink_tickets.web.desk.form_base import DeskForm, PersonField, PlainForm
from izarlink_tickets.web.desk.subject import Subject
from izarlink_tickets.web.desk.views import KEPT, TO_DO, UNFINISHED, UNRESOLVED
from izarlink_tickets.web.forms import LineField, ListField, TextField, choices_of

# A select can't send « nothing » and « none of these » apart.
NO_SERVICE = "autre"

ADD, REMOVE = "ajouter", "retirer"
CONFIRM, DECLINE = "confirmer", "refuser"


# --- the work ---------------------------------------------------------------------------------------------------------


class TakeForm(PlainForm):
    slug = "prendre"
    submit = "Prendre en charge"
    states = UNFINISHED

    @classmethod
    def is_offered(cls, subject: Subject) -> bool:
        return super().is_offered(subject) and subject.ticket.assignee_id != subject.viewer.account_id


class AssignForm(DeskForm):
    slug = "affecter"
    submit = "Affecter"
    states = UNFINISHED

    person = PersonField("Affecter à")

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return cls(formdata=None).offer(one for one in subject.staff if one.id != subject.ticket.assignee_id)

    def offer(self, staff: Iterable[Account]) -> Self:
        self.person.offer(staff)
        return self


class RequalifyForm(DeskForm):
    """A category belongs to one type, so that choosing it chooses the type."""

    slug = "requalifier"
    submit = "Requalifier"
    states = UNRESOLVED
    field_names: ClassVar = {"ticket_type": "category"}

    category = ListField("Type et catégorie")
    service = ListField("Service")
    urgency = ListField(
        "Urgence",
        choices=choices_of(
            {"": "Sans objet (demande)"}
            | {str(level.value): wording.urgency_said(level) for level in reversed(Urgency)}
        ),
    )
    impact = ListField(
        "Impact", choices=choices_of({str(level): wording.impact_said(level) for level in reversed(IMPACTS)})
    )
    reason = LineField("Raison (obligatoire si le type change)")

    categories: Sequence[Category] = ()

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        ticket = subject.ticket
        form = cls(
            formdata=None,
            category=ticket.category,
            service=ticket.service_id or NO_SERVICE,
            urgency=ticket.urgency,
            impact=ticket.impact,
        )
        return form.offer(subject.usable_services, subject.usable_categories)

    def offer(self, services: Iterable[Service], categories: Sequence[Category]) -> Self:
        self.categories = categories
        self.category.choices = choices_of({one.code: _category_said(one) for one in categories})
        labels = {one.id: f"{one.reference} – {one.label}" for one in services}
        self.service.choices = choices_of(labels | {NO_SERVICE: wording.NO_SERVICE})
        return self

    def values(self) -> dict[str, Any]:
        """Give what was chosen, as the command takes it."""
        types = {one.code: one.ticket_type for one in self.categories}
        category = self.category.data or ""
        return {
            "ticket_type": types.get(category, ""),
            "category": category,
            "service_id": None if self.service.data == NO_SERVICE else self.service.data,
            "urgency": int(self.urgency.data) if self.urgency.data else None,
            "impact": int(self.impact.data or 0),
            "reason": self.reason.data,
        }


class HoldForm(DeskForm):
    slug = "attente"
    submit = "Mettre en attente"
    states = TO_DO

    reason = LineField("Raison de l’attente")
    until = LineField("Reprise prévue le")

    def until_in(self, timezone: str) -> datetime | None:
        """Give the beginning of the day that was chosen, where the person is; None for what is no day."""
        try:
            day = date.fromisoformat(self.until.data or "")
        except ValueError:
            return None
        return datetime.combine(day, time(), ZoneInfo(timezone))


class ResumeForm(PlainForm):
    slug = "reprendre"
    submit = "Reprendre le ticket"
    states = (State.EN_ATTENTE,)


# --- the solution -----------------------------------------------------------------------------------------------------


class ReviseForm(DeskForm):
    slug = "reviser"
    submit = "Remplacer la solution"
    states = (State.RESOLU,)

    solution = TextField("Nouvelle solution")

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return cls(formdata=None, solution=subject.solution.words if subject.solution else "")


class WithdrawForm(DeskForm):
    slug = "retirer"
    submit = "Retirer la solution"
    states = (State.RESOLU,)

    reason = LineField("Pourquoi la retirer")


class ApprovalForm(DeskForm):
    slug = "approbation"
    submit = "Enregistrer l’approbation et clôturer"
    states = (State.RESOLU,)

    note = LineField("Qui a approuvé, et comment")


class ReopenForm(DeskForm):
    slug = "rouvrir"
    submit = "Rouvrir le ticket"
    states = (State.CLOTURE,)

    reason = LineField("Pourquoi le rouvrir")

    @classmethod
    def is_offered(cls, subject: Subject) -> bool:
        window = timedelta(days=settings().reopen_days)
        return super().is_offered(subject) and now() <= subject.ticket.state_since + window


class CancellationForm(DeskForm):
    """The customer wants to cancel: yes, or no and why."""

    slug = "annulation"
    submit = "Poursuivre le ticket"
    states = UNRESOLVED

    decision = HiddenField()
    reason = LineField("Pourquoi poursuivre")

    @classmethod
    def is_offered(cls, subject: Subject) -> bool:
        return super().is_offered(subject) and subject.ticket.cancellation_is_requested


# --- people -----------------------------------------------------------------------------------------------------------


class WatcherForm(DeskForm):
    """Add a colleague of the customer who reads along, or take one away."""

    slug = "observateurs"
    submit = "Ajouter l’observateur"
    states = KEPT

    operation = HiddenField(default=ADD)
    person = PersonField("Observateur à ajouter")

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return cls(formdata=None).offer(subject.onlookers)

    def offer(self, colleagues: Iterable[Account]) -> Self:
        self.person.offer(colleagues)
        return self


class RequesterForm(DeskForm):
    slug = "demandeur"
    submit = "Changer le demandeur"
    states = KEPT

    person = PersonField("Nouveau demandeur")

    @classmethod
    def blank(cls, subject: Subject) -> Self:
        return cls(formdata=None).offer(subject.candidates)

    def offer(self, colleagues: Iterable[Account]) -> Self:
        self.person.offer(colleagues)
        return self


FORMS: tuple[type[DeskForm], ...] = (
    ReplyForm,
    NoteForm,
    QuestionForm,
    ResolveForm,
    TakeForm,
    AssignForm,
    RequalifyForm,
    HoldForm,
    ResumeForm,
    ReviseForm,
    WithdrawForm,
    ApprovalForm,
    ReopenForm,
    CancellationForm,
    WatcherForm,
    RequesterForm,
)


def _category_said(category: Category) -> str:
    """Name a category with the type that choosing it chooses."""
    full_label = wording.category_said(category.code, category.leaf.full_label)
    return f"{wording.type_said(category.ticket_type)}{GROUP_SEPARATOR}{full_label}"
