"""The form of « Créer un ticket ».

The rules are the domain's. The form checks them field by field, because a command stops at the first refusal.
Source: guide §3.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from flask import flash
from wtforms import Field, HiddenField, ValidationError

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.application import CommandResult
from izarlink_tickets.attachments import MAX_FILES
from izarlink_tickets.directory import (
    CategoryRecord,
    ServiceRecord,
    active_categories,
    services_of,
    services_typed,
)
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.text import fold, text_of, title_of
from izarlink_tickets.domain.vocabulary import CUSTOMER_URGENCIES, LABELS, TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.similar_tickets import SimilarTicket
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web import security_events
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.errors import message_for
from izarlink_tickets.web.fields import (
    MAX_LISTED,
    MAX_SUGGESTED,
    ChoiceField,
    FilesField,
    LineField,
    ListField,
    TextField,
    choices_of,
    refusal_at_field,
)
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import CommandForm, uuid_of
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.tickets.older_tickets import find_similar_ticket, find_visible_ticket

# A drop-down sends the same for « nothing chosen » and « none of these »; this value tells them apart.
NO_SERVICE = "autre"
PRESET_URGENCY = str(Urgency.MEDIUM.value)
# What the form and the command refuse alike, in the form's words.
_OF_CHOICES = (
    errors.UnknownChoice,
    errors.CategoryNotOfType,
    errors.CategoryNotActive,
    errors.ServiceNotOfOrganisation,
)
NO_URGENCY = _l("Une demande n’a pas d’urgence : ce choix a été effacé. Envoyez de nouveau si tout le reste convient.")


@dataclass(frozen=True, slots=True)
class CategoryRadio:
    """A category to choose. index: among all, for its id."""

    index: int
    value: str
    label: str
    is_chosen: bool
    group: str


class ServiceField(ListField):
    """The customer's services. Foreign, closed and unknown ones get the same answer.

    services: to choose from. matches: of what was typed, unless it means one of them.
    """

    services: Sequence[ServiceRecord] = ()
    matches: Sequence[ServiceRecord] | None = None

    def set_services(self, services: Sequence[ServiceRecord]) -> None:
        """Set the choices, with one for those who don't know."""
        self.services = services
        labels = {service.id: _service_label(service) for service in services}
        self.choices = choices_of({**labels, NO_SERVICE: wording.no_service()})

    def find_typed(self) -> None:
        """Choose the service that the typed text means."""
        if not self.is_searched or not self.data or self.data in self.values():
            return
        if fold(self.data) == fold(wording.no_service()):
            self.data = NO_SERVICE
            return
        found = services_typed(self.services, self.data)
        if len(found) == 1:
            self.data = found[0].id
        else:
            self.matches = found

    @property
    def is_searched(self) -> bool:
        """Whether the service is typed: a list would be too long."""
        return len(self.services) > MAX_LISTED

    @property
    def text(self) -> str:
        """The chosen or typed service, as its field shows it."""
        return next((label for _value, label, is_chosen in self.options() if is_chosen), self.data or "")

    @property
    def suggestions(self) -> list[str]:
        return [*map(_service_label, self.services[:MAX_SUGGESTED]), wording.no_service()]

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        if self.matches:
            some = ", ".join(service.reference for service in self.matches[:MAX_LISTED])
            raise ValidationError(
                _(
                    "Plusieurs services correspondent. Saisissez la référence de l’un d’eux : %(services)s.",
                    services=some,
                )
            )
        if self.matches is not None:
            raise ValidationError(_("Aucun de vos services ne correspond. Choisissez-en un dans la liste proposée."))
        try:
            super().pre_validate(form)
        except ValidationError:
            refusal = errors.ServiceNotOfOrganisation()
            security_events.record_refusal(refusal)
            raise ValidationError(message_for(refusal)) from None


def _service_label(service: ServiceRecord) -> str:
    return wording.service_named(service.reference, service.label, service.site)


Offered = tuple[tuple[ServiceRecord, ...], tuple[CategoryRecord, ...]]


def offered_to(requester: Account) -> Offered:
    """Load the services and categories that the requester can choose."""
    with portal().database.query() as connection:
        services = services_of(connection, organisation_id=requester.organisation_id or "")
        return tuple(services), tuple(active_categories(connection))


class NewTicketForm(FormWithFiles, CommandForm[Account, CommandResult]):
    """A new ticket. Its target is the requester.

    related_to: the number of the older ticket that it is linked to.
    similar: the number of a similar ticket that the page has shown.
    older_ticket, similar_ticket: those tickets, once they are looked up.
    offered: what the requester can choose, where it is loaded already.
    """

    field_names: ClassVar = {"service_id": "service"}

    related_to = HiddenField()
    similar = HiddenField()
    ticket_type = ChoiceField(
        _l("Type de demande"), choices=choices_of({code: _l(LABELS[code]) for code in TicketType})
    )
    service = ServiceField(_l("Service IzarLink concerné"))
    category = ChoiceField(_l("Catégorie"))
    urgency = ChoiceField(
        _l("Urgence"), choices=choices_of({str(urgency.value): _l(LABELS[urgency]) for urgency in CUSTOMER_URGENCIES})
    )
    title = LineField(_l("Titre"))
    description = TextField(_l("Description"))
    files = FilesField(_l("Fichier (facultatif)"))

    requester: Account
    offered: Offered | None = None
    categories: Sequence[CategoryRecord] = ()
    older_ticket: TicketRow | None = None
    similar_ticket: SimilarTicket | None = None

    def set_choices(self) -> None:
        """Load what the requester can choose, once.

        Source: guide §3, "Il faut préciser le service IzarLink concerné"; a blank form presets the only one.
        """
        if self.categories:
            return
        services, categories = self.offered or offered_to(self.requester)
        self.categories = categories
        self.category.choices = choices_of(
            {category.code: wording.leaf_label(category.code, category.label) for category in categories}
        )
        active = [service for service in services if service.active]
        self.service.set_services(active)
        if not self.is_submitted() and len(active) == 1:
            self.service.data = active[0].id

    def preset_incident(self, service_id: str | None) -> None:
        """Preset a blank form with an incident on a service, if any."""
        if service_id:
            self.service.data, self.ticket_type.data = service_id, TicketType.INCIDENT.value

    def preset(self, older: TicketRow | None) -> None:
        """Preset a blank form, with the values of a linked ticket.

        Without an older ticket the author chooses the type.
        """
        self.urgency.data = PRESET_URGENCY
        self.older_ticket = older
        if older is None:
            return
        self.ticket_type.data = older.ticket_type
        for field, value in ((self.category, older.category), (self.service, older.service_id or NO_SERVICE)):
            field.data = value if value in field.values() else None

    @property
    def limits(self) -> tuple[int, int]:
        """The maximum of bytes a file, and of files."""
        return settings().attachment_max_bytes, MAX_FILES

    def categories_of(self, ticket_type: str) -> Sequence[CategoryRadio]:
        """List a type's categories; an error links to the first chosen."""
        ordered = sorted(self.categories, key=lambda category: category.ticket_type != self.ticket_type.data)
        return [
            CategoryRadio(
                index,
                category.code,
                wording.leaf_label(category.code, category.label),
                category.code == self.category.data,
                wording.group_label(category.code, category.group_label),
            )
            for index, category in enumerate(ordered)
            if category.ticket_type == ticket_type
        ]

    def execute(self, requester: Account) -> CommandResult:
        return portal().tickets.open(
            self.context,
            requester_id=requester.id,
            related_to=self.older_ticket.number if self.older_ticket else None,
            ticket_type=self.ticket_type.data,
            category=self.category.data,
            service_id=self._service_id(),
            urgency=int(self.urgency.data) if self.ticket_type.data == TicketType.INCIDENT else None,
            title=self.title.data,
            description=self.description.data,
            uploads=self.uploads(),
        )

    def confirm(self, result: CommandResult) -> None:
        """Leave the confirmation, and what comes next."""
        super().confirm(result)
        if self.context.actor.account_id == self.requester.id:
            flash(wording.next_step(reply_hours=settings().reply_hours))

    def success_message(self, result: CommandResult) -> str:
        return _("Votre ticket n° %(number)s est enregistré.", number=result.number)

    def add_refusal(self, refusal: errors.Refusal) -> None:
        """Add the refusal's sentence, and remember the ticket it names."""
        if isinstance(refusal, _OF_CHOICES) and self._are_choices_wrong():
            return
        super().add_refusal(refusal)
        if isinstance(refusal, errors.CommandAlreadyUsed):
            self.similar.data = str(refusal.number or "")

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check the form, then look for a similar ticket.

        The command itself checks category and service; only a form that comes back loads what can be chosen.
        """
        self.older_ticket = find_visible_ticket(self.related_to.data)
        self._find_typed_service()
        for field in (self.category, self.service):
            field.validate_choice = False
        if not super().validate(extra_validators):
            self._are_choices_wrong()
            return False
        self._look_for_similar()
        return self.similar_ticket is None

    def _find_typed_service(self) -> None:
        # A list sends an id, which the command checks.
        if self.service.data and self.service.data != NO_SERVICE and not uuid_of(self.service.data):
            self.set_choices()
            self.service.find_typed()

    def _are_choices_wrong(self) -> bool:
        """Check category and service again, among what can be chosen."""
        self.set_choices()
        for field, check in ((self.category, self.validate_category), (self.service, self.validate_service)):
            field.validate_choice = True
            field.validate(self, [lambda _, field, check=check: check(field)])
        is_wrong = bool(self.category.errors or self.service.errors)
        if is_wrong and self.status == HTTPStatus.OK:
            self.status = HTTPStatus.UNPROCESSABLE_ENTITY
        return is_wrong

    def _look_for_similar(self) -> None:
        similar = find_similar_ticket(self.requester, category=self.category.data or "", service_id=self._service_id())
        if similar is None or similar.number == whole_number(self.similar.data):
            return
        # Sent twice, the ticket would be similar to itself.
        if not portal().tickets.is_known(self.context):
            self.similar_ticket, self.similar.data, self.status = similar, str(similar.number), HTTPStatus.CONFLICT

    def _service_id(self) -> str | None:
        return None if self.service.data == NO_SERVICE else self.service.data

    # --- WTForms calls these by name ----------------------------------------------------------------------------------

    def validate_ticket_type(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choisissez un type de demande."))

    def validate_service(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choisissez le service concerné."))

    def validate_category(self, field: Field) -> None:
        if self.ticket_type.data not in set(TicketType):
            return  # The categories depend on the type.
        if not field.data:
            raise ValidationError(_("Choisissez une catégorie."))
        types = {category.code: category.ticket_type for category in self.categories}
        if types.get(field.data, self.ticket_type.data) != self.ticket_type.data:
            raise ValidationError(message_for(errors.CategoryNotOfType()))

    def validate_urgency(self, field: Field) -> None:
        if self.ticket_type.data == TicketType.INCIDENT and not field.data:
            raise ValidationError(message_for(errors.UrgencyMissing()))
        if self.ticket_type.data == TicketType.REQUEST:
            self._refuse_urgency(field)

    def validate_title(self, field: Field) -> None:
        with refusal_at_field():
            title_of(field.data)

    def validate_description(self, field: Field) -> None:
        with refusal_at_field():
            text_of(field.data, field="description")

    def _refuse_urgency(self, field: Field) -> None:
        """Refuse an urgency that the author chose for a Demande.

        Without JavaScript a browser also sends the preset radio that CSS hides; the form ignores that one.
        Source: guide §3, "Urgence : ce champs n'apparaît que pour les demandes de type « Incident »".
        """
        chosen, field.data = field.data, PRESET_URGENCY
        if chosen not in {None, PRESET_URGENCY}:
            raise ValidationError(NO_URGENCY)
