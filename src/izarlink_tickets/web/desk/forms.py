"""The forms of the desk's ticket page; `composer` has the texts."""

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, NamedTuple, Self

from wtforms import HiddenField

from izarlink_tickets import wording
from izarlink_tickets.application import CommandResult
from izarlink_tickets.directory import CategoryRecord, ServiceRecord
from izarlink_tickets.domain.vocabulary import (
    GROUP_SEPARATOR,
    IMPACTS,
    UNFINISHED,
    UNRESOLVED,
    State,
    Urgency,
)
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.form_base import DeskForm, People, PersonField
from izarlink_tickets.web.desk.person_forms import RequesterForm, WatcherForm
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, qualifications, staff_people
from izarlink_tickets.web.fields import LineField, ListField, choices_of
from izarlink_tickets.web.tickets.ticket_form import NO_SERVICE

CONFIRM, DECLINE = "confirmer", "refuser"


class TakeForm(DeskForm):
    slug = "prendre"
    submit = _l("Prendre en charge")
    done = _l("Vous avez pris le ticket en charge.")
    states = UNFINISHED

    @classmethod
    def is_offered(cls, page_data: TicketPageData) -> bool:
        return super().is_offered(page_data) and page_data.ticket.assignee_id != page_data.viewer.account_id

    @classmethod
    def macro_arguments(cls, page_data: TicketPageData) -> tuple[Hashable, ...]:
        """Return whether the button is secondary."""
        return (page_data.ticket.assignee_id is not None,)

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.assign(self.context, number=number, assignee_id=self.context.actor.account_id)


class AssignForm(DeskForm):
    slug = "affecter"
    submit = _l("Affecter")
    done = _l("Le ticket est affecté.")
    states = UNFINISHED

    person = PersonField(_l("Affecter à"))

    @classmethod
    def content(cls, page_data: TicketPageData) -> Hashable:
        staff = page_data.people.staff
        return tuple((person.id, person.name) for person in staff if person.id != page_data.ticket.assignee_id)

    @classmethod
    def blank(cls, content: People) -> Self:
        return cls(formdata=None).set_choices(content)

    @classmethod
    def from_request(cls, number: int) -> Self:
        return super().from_request(number).set_choices((person.id, person.name) for person in staff_people())

    def set_choices(self, staff: People) -> Self:
        self.person.set_people(staff)
        return self

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.assign(self.context, number=number, assignee_id=self.person.data or "")


class RequalificationContent(NamedTuple):
    """The present values, and what they can change to."""

    category: str
    service: str
    urgency: int | None
    impact: int
    services: tuple[ServiceRecord, ...]
    categories: tuple[CategoryRecord, ...]


class RequalifyForm(DeskForm):
    """Change what the ticket is about. A category implies its type."""

    slug = "requalifier"
    submit = _l("Requalifier")
    done = _l("Le ticket est requalifié.")
    states = UNRESOLVED
    field_names: ClassVar = {"ticket_type": "category"}

    category = ListField(_l("Type et catégorie"))
    service = ListField(_l("Service"))
    urgency = ListField(_l("Urgence"), choices=lambda: choices_of(_urgencies()))
    impact = ListField(
        _l("Impact"),
        choices=lambda: choices_of({str(level): wording.impact_label(level) for level in reversed(IMPACTS)}),
    )
    reason = LineField(_l("Motif (obligatoire si le type change)"))

    categories: Sequence[CategoryRecord] = ()

    @classmethod
    def content(cls, page_data: TicketPageData) -> Hashable:
        ticket = page_data.ticket
        return RequalificationContent(
            ticket.category,
            ticket.service_id or NO_SERVICE,
            ticket.urgency,
            ticket.impact,
            tuple(page_data.usable_services),
            tuple(page_data.usable_categories),
        )

    @classmethod
    def blank(cls, content: RequalificationContent) -> Self:
        form = cls(
            formdata=None,
            category=content.category,
            service=content.service,
            urgency=content.urgency,
            impact=content.impact,
        )
        return form.set_choices(content.services, content.categories)

    @classmethod
    def from_request(cls, number: int) -> Self:
        return super().from_request(number).set_choices(*qualifications(number))

    def set_choices(self, services: Iterable[ServiceRecord], categories: Sequence[CategoryRecord]) -> Self:
        self.categories = categories
        self.category.choices = choices_of({category.code: _typed_category_label(category) for category in categories})
        labels = {service.id: wording.service_named(service.reference, service.label) for service in services}
        self.service.choices = choices_of(labels | {NO_SERVICE: wording.no_service()})
        return self

    def execute(self, number: int) -> CommandResult:
        types = {category.code: category.ticket_type for category in self.categories}
        category = self.category.data or ""
        return portal().tickets.requalify(
            self.context,
            number=number,
            ticket_type=types.get(category, ""),
            category=category,
            service_id=None if self.service.data == NO_SERVICE else self.service.data,
            urgency=int(self.urgency.data) if self.urgency.data else None,
            impact=int(self.impact.data or 0),
            reason=self.reason.data,
        )


class ResumeForm(DeskForm):
    slug = "reprendre"
    submit = _l("Reprendre le ticket")
    done = _l("Le ticket est de nouveau en cours.")
    states = (State.PENDING,)

    def execute(self, number: int) -> CommandResult:
        return portal().tickets.resume(self.context, number=number)


class CancellationDecisionForm(DeskForm):
    """Confirm the requested cancellation, or decline it with a reason."""

    slug = "annulation"
    submit = _l("Poursuivre le ticket et prévenir le client")
    done = _l("Le ticket se poursuit. Le client en reçoit le motif.")
    states = UNRESOLVED

    decision = HiddenField()
    reason = LineField(_l("Pourquoi poursuivre"))

    @classmethod
    def is_offered(cls, page_data: TicketPageData) -> bool:
        return super().is_offered(page_data) and page_data.ticket.cancellation_is_requested

    @property
    def is_granted(self) -> bool:
        return bool(self.decision.data == CONFIRM)

    def success_message(self, result: CommandResult) -> str:
        if self.is_granted:
            return _("Le ticket est annulé, comme le client l’a demandé.")
        return super().success_message(result)

    def execute(self, number: int) -> CommandResult:
        if self.is_granted:
            return portal().tickets.confirm_cancellation(self.context, number=number)
        return portal().tickets.decline_cancellation(self.context, number=number, reason=self.reason.data)


FORMS: tuple[type[DeskForm], ...] = (
    *COMPOSER.values(),
    TakeForm,
    AssignForm,
    RequalifyForm,
    ResumeForm,
    CancellationDecisionForm,
    WatcherForm,
    RequesterForm,
)


def _urgencies() -> dict[str, str]:
    levels = {str(level.value): wording.urgency_label(level) for level in reversed(Urgency)}
    return {"": _("Sans objet (demande)")} | levels


def _typed_category_label(category: CategoryRecord) -> str:
    """Return the category's label with the ticket type that it implies."""
    full_label = wording.category_label(category.code, category.leaf.full_label)
    return f"{wording.type_label(category.ticket_type)}{GROUP_SEPARATOR}{full_label}"
