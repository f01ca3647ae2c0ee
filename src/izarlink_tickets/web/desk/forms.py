"""The forms of a ticket at the desk, one for each thing that can be done to it; those that write are in `composer`.

They check nothing that the domain checks.
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from wtforms import HiddenField

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.application import CommandResult
from izarlink_tickets.application.tickets import Tickets
from izarlink_tickets.directory import CategoryRecord, ServiceRecord
from izarlink_tickets.domain.vocabulary import (
    GROUP_SEPARATOR,
    IMPACTS,
    UNFINISHED,
    UNRESOLVED,
    CommandContext,
    State,
    Urgency,
)
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.desk.form_base import DeskForm, PersonField
from izarlink_tickets.web.desk.person_forms import RequesterForm, WatcherForm
from izarlink_tickets.web.desk.ticket_page_data import TicketPageData, qualifications, staff_people
from izarlink_tickets.web.forms import LineField, ListField, choices_of
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

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        return tickets.assign(context, number=number, assignee_id=context.actor.account_id)


class AssignForm(DeskForm):
    slug = "affecter"
    submit = _l("Affecter")
    done = _l("Le ticket est affecté.")
    states = UNFINISHED

    person = PersonField(_l("Affecter à"))

    @classmethod
    def blank(cls, page_data: TicketPageData) -> Self:
        return super().blank(page_data).offer(one for one in page_data.staff if one.id != page_data.ticket.assignee_id)

    @classmethod
    def sent(cls, number: int) -> Self:
        return super().sent(number).offer(staff_people())

    def offer(self, staff: Iterable[Account]) -> Self:
        self.person.offer(staff)
        return self

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        return tickets.assign(context, number=number, assignee_id=self.person.data or "")


class RequalifyForm(DeskForm):
    """A category belongs to one type, so that choosing it chooses the type."""

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
    def blank(cls, page_data: TicketPageData) -> Self:
        return super().blank(page_data).offer(page_data.usable_services, page_data.usable_categories)

    @classmethod
    def sent(cls, number: int) -> Self:
        return super().sent(number).offer(*qualifications(number))

    @classmethod
    def present(cls, page_data: TicketPageData) -> dict[str, Any]:
        ticket = page_data.ticket
        return {
            "category": ticket.category,
            "service": ticket.service_id or NO_SERVICE,
            "urgency": ticket.urgency,
            "impact": ticket.impact,
        }

    def offer(self, services: Iterable[ServiceRecord], categories: Sequence[CategoryRecord]) -> Self:
        self.categories = categories
        self.category.choices = choices_of({one.code: _category_said(one) for one in categories})
        labels = {one.id: wording.service_named(one.reference, one.label) for one in services}
        self.service.choices = choices_of(labels | {NO_SERVICE: wording.no_service()})
        return self

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        types = {one.code: one.ticket_type for one in self.categories}
        category = self.category.data or ""
        return tickets.requalify(
            context,
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

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        return tickets.resume(context, number=number)


class CancellationDecisionForm(DeskForm):
    """The customer wants to cancel: yes, or no and why."""

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

    @property
    def announcement(self) -> str:
        return _("Le ticket est annulé, comme le client l’a demandé.") if self.is_granted else str(self.done)

    def execute(self, tickets: Tickets, context: CommandContext, number: int) -> CommandResult:
        if self.is_granted:
            return tickets.confirm_cancellation(context, number=number)
        return tickets.decline_cancellation(context, number=number, reason=self.reason.data)


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


def _category_said(category: CategoryRecord) -> str:
    """Name a category with the type that choosing it chooses."""
    full_label = wording.category_label(category.code, category.leaf.full_label)
    return f"{wording.type_label(category.ticket_type)}{GROUP_SEPARATOR}{full_label}"
