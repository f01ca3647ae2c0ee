"""The form of « Créer un ticket »: which fields, in the guide's words, and all that is wrong with them at once.

Rules are the domain's: this asks it field by field, because a command stops at the first refusal.
Source: guide §3, R12–R19.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from wtforms import Field, HiddenField, ValidationError

from izarlink_tickets import wording
from izarlink_tickets.directory import CategoryRecord, ServiceRecord
from izarlink_tickets.domain import errors
from izarlink_tickets.domain.text import text_of, title_of
from izarlink_tickets.domain.vocabulary import CUSTOMER_URGENCIES, LABELS, TicketType, Urgency
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.errors import sentence
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import (
    ChoiceField,
    FilesField,
    LineField,
    ListField,
    TextField,
    choices_of,
    refusal_at_field,
)

# A drop-down can't send « nothing chosen » and « none of these » apart.
NO_SERVICE = "autre"
PRESET_URGENCY = str(Urgency.MEDIUM.value)  # R17, « Moyenne »
NO_URGENCY = _l("Une demande n’a pas d’urgence : ce choix a été effacé. Envoyez de nouveau si tout le reste convient.")


@dataclass(frozen=True, slots=True)
class Radio:
    """One category to choose. index: its place among all, which makes its id."""

    index: int
    value: str
    label: str
    is_chosen: bool
    group: str


class ServiceField(ListField):
    """The customer's connections. One that is somebody else's, closed or missing: the three answer alike."""

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - as in WTForms
        try:
            super().pre_validate(form)
        except ValidationError:
            raise ValidationError(sentence(errors.ServiceNotOfOrganisation())) from None


class TicketForm(FormWithFiles):
    """A new ticket. related_to: the number of an older one; similar: of one that the person was told of."""

    field_names: ClassVar = {"service_id": "service"}

    related_to = HiddenField()
    similar = HiddenField()
    ticket_type = ChoiceField(
        _l("Type de demande"), choices=choices_of({code: _l(LABELS[code]) for code in TicketType})
    )
    service = ServiceField(_l("Service IzarLink concerné"))
    category = ChoiceField(_l("Catégorie"))
    urgency = ChoiceField(
        _l("Urgence"), choices=choices_of({str(one.value): _l(LABELS[one]) for one in CUSTOMER_URGENCIES})
    )
    title = LineField(_l("Titre"))
    description = TextField(_l("Description"))
    files = FilesField(_l("Fichier (facultatif)"))

    categories: Sequence[CategoryRecord] = ()

    def offer(self, services: Iterable[ServiceRecord], categories: Sequence[CategoryRecord]) -> None:
        """Offer the customer's connections in use; on a blank form the only one is chosen (R13)."""
        self.categories = categories
        self.category.choices = choices_of({one.code: wording.leaf_label(one.code, one.label) for one in categories})
        active = [one for one in services if one.active]
        labels = {one.id: wording.service_named(one.reference, one.label, one.site) for one in active}
        self.service.choices = choices_of({**labels, NO_SERVICE: wording.no_service()})
        if not self.is_submitted() and len(active) == 1:
            self.service.data = active[0].id

    def preset(self, older: TicketRow | None) -> None:
        """Choose what a blank form has chosen: of the ticket that it goes back to, what the new one will be about.

        The type of any other is not chosen: whoever writes says what it is (R12).
        """
        self.urgency.data = PRESET_URGENCY
        if older is None:
            return
        self.ticket_type.data = older.ticket_type
        for field, value in ((self.category, older.category), (self.service, older.service_id or NO_SERVICE)):
            # What is no longer offered is left to choose.
            field.data = value if value in {code for code, _, _ in field.options()} else None

    def categories_of(self, ticket_type: str) -> Sequence[Radio]:
        """List the categories of a type. Those of the chosen type are counted first: an error leads to number 0."""
        counted = sorted(self.categories, key=lambda one: one.ticket_type != self.ticket_type.data)
        return [
            Radio(
                index,
                one.code,
                wording.leaf_label(one.code, one.label),
                one.code == self.category.data,
                wording.group_label(one.code, one.group_label),
            )
            for index, one in enumerate(counted)
            if one.ticket_type == ticket_type
        ]

    def show(self, refusal: errors.Refusal) -> None:
        """Add the refusal's sentence to the form. One that names a ticket has told of what is similar."""
        super().show(refusal)
        if isinstance(refusal, errors.CommandAlreadyUsed):
            self.similar.data = str(refusal.number or "")

    def values(self) -> dict[str, Any]:
        """Give what was typed, as the command takes it."""
        is_incident = self.ticket_type.data == TicketType.INCIDENT
        return {
            "ticket_type": self.ticket_type.data,
            "category": self.category.data,
            "service_id": None if self.service.data == NO_SERVICE else self.service.data,
            "urgency": int(self.urgency.data) if is_incident else None,
            "title": self.title.data,
            "description": self.description.data,
        }

    # --- WTForms calls these by name ----------------------------------------------------------------------------------

    def validate_ticket_type(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choisissez un type de demande."))

    def validate_service(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choisissez le service concerné."))

    def validate_category(self, field: Field) -> None:
        if self.ticket_type.data not in set(TicketType):
            return  # Which categories there are depends on the type.
        if not field.data:
            raise ValidationError(_("Choisissez une catégorie."))
        types = {one.code: one.ticket_type for one in self.categories}
        if types.get(field.data, self.ticket_type.data) != self.ticket_type.data:
            raise ValidationError(sentence(errors.CategoryNotOfType()))

    def validate_urgency(self, field: Field) -> None:
        if self.ticket_type.data == TicketType.INCIDENT and not field.data:
            raise ValidationError(sentence(errors.UrgencyMissing()))
        if self.ticket_type.data == TicketType.REQUEST:
            self._refuse_urgency(field)

    def validate_title(self, field: Field) -> None:
        with refusal_at_field():
            title_of(field.data)

    def validate_description(self, field: Field) -> None:
        with refusal_at_field():
            text_of(field.data, field="description")

    def _refuse_urgency(self, field: Field) -> None:
        """Refuse an urgency that somebody chose for a Demande (R16).

        Without JavaScript a browser sends the preset radio along although CSS hides it: that one says nothing about
        what anybody wanted, and is not taken over.
        """
        chosen, field.data = field.data, PRESET_URGENCY
        if chosen not in {None, PRESET_URGENCY}:
            raise ValidationError(NO_URGENCY)
