"""The forms of the directory. They have no rules of their own: what they check, they ask the use cases' rules."""

from collections.abc import Callable
from functools import partial

from wtforms import Field, ValidationError

from izarlink_tickets.accounts import email_of, name_of, phone_of
from izarlink_tickets.application.accounts import Contact, NewAccount, Position
from izarlink_tickets.directory import line_of, organisation_name_of, reference_of
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.domain.vocabulary import LABELS, Role, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.directory.record_form import ChangeForm, RecordForm
from izarlink_tickets.web.directory.role_labels import ROLES
from izarlink_tickets.web.errors import sentence
from izarlink_tickets.web.forms import ChoiceField, Form, LineField, ListField, choices_of

_ROLE_CHOICES = {role.value: label for role, label in ROLES.items()}
# As `wording.impact_said`, but said only when somebody reads it.
_IMPACT_CHOICES = {
    "5": _l("Très haut"),
    "4": _l("Haut"),
    "3": _l("Moyen"),
    "2": _l("Bas"),
    "1": _l("Très bas"),
}


def _rule(rule: Callable[[str], object]) -> Callable[[Form, Field], None]:
    """Ask a rule before the use case does, which stops at the first mistake: all are said at once."""

    def validate(_form: Form, field: Field) -> None:
        try:
            rule(field.data)
        except Refusal as refusal:
            raise ValidationError(sentence(refusal)) from refusal

    return validate


# --- customers --------------------------------------------------------------------------------------------------------


class NewOrganisationForm(Form):
    name = LineField(_l("Nom"))


class RenameForm(ChangeForm):
    slug = "nom"
    submit = _l("Enregistrer le nom")

    name = LineField(_l("Nom"))


# --- accounts ---------------------------------------------------------------------------------------------------------


class NewAccountForm(Form):
    """organisation: the customer's name, whose list the page offers."""

    name = LineField(_l("Nom"), validators=[_rule(name_of)])
    email = LineField(_l("Mail"), validators=[_rule(email_of)])
    phone = LineField(_l("Téléphone (facultatif)"), validators=[_rule(phone_of)])
    role = ChoiceField(_l("Rôle"), choices=choices_of(_ROLE_CHOICES))
    organisation = LineField(_l("Client"))

    def validate_role(self, field: Field) -> None:
        _require_role(field)

    def wanted(self) -> NewAccount:
        role = Role(self.role.data)
        return NewAccount(self.email.data, self.name.data, role, self.organisation.data or None, self.phone.data)


class AccountContactForm(ChangeForm):
    slug = "coordonnees"
    submit = _l("Enregistrer les coordonnées")

    name = LineField(_l("Nom"))
    email = LineField(_l("Mail"))
    phone = LineField(_l("Téléphone"))

    def contact(self) -> Contact:
        return Contact(self.name.data, self.email.data, self.phone.data)

    def seen_contact(self) -> Contact | None:
        seen = self.seen_record()
        return Contact(**seen) if seen else None


class RoleForm(ChangeForm):
    slug = "role"
    submit = _l("Changer le rôle")

    role = ListField(_l("Rôle"), choices=choices_of(_ROLE_CHOICES))
    organisation = LineField(_l("Client"))

    def validate_role(self, field: Field) -> None:
        _require_role(field)

    def position(self) -> Position:
        return Position(self.role.data or "", self.organisation.data)

    def seen_position(self) -> Position | None:
        seen = self.seen_record()
        return Position(**seen) if seen else None

    def said(self, name: str, value: str) -> str:
        return str(_ROLE_CHOICES.get(value, value)) if name == "role" else value or _("(aucun)")


def _require_role(field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choisissez un rôle."))


# --- connections ------------------------------------------------------------------------------------------------------


class NewServiceForm(Form):
    reference = LineField(_l("Référence"), validators=[_rule(reference_of)])
    organisation = LineField(_l("Client"), validators=[_rule(organisation_name_of)])
    label = LineField(_l("Libellé"), validators=[_rule(partial(line_of, field="label"))])
    site = LineField(_l("Site (facultatif)"))
    offer = LineField(_l("Offre (facultatif)"))


class ServiceForm(ChangeForm):
    slug = "modifier"
    submit = _l("Enregistrer")

    label = LineField(_l("Libellé"))
    site = LineField(_l("Site"))
    offer = LineField(_l("Offre"))


# --- categories -------------------------------------------------------------------------------------------------------


class NewCategoryForm(RecordForm):
    slug = "nouvelle"
    submit = _l("Ajouter la catégorie")

    ticket_type = ListField(
        _l("Type de demande"), choices=choices_of({code.value: _l(LABELS[code]) for code in TicketType})
    )
    label = LineField(_l("Libellé"))
    group_label = LineField(_l("Groupe (facultatif)"))
    default_impact = ListField(_l("Impact de départ"), choices=choices_of(_IMPACT_CHOICES), default="3")


class RenameCategoryForm(RecordForm):
    slug = "renommer"
    submit = _l("Remplacer le libellé")

    label = LineField(_l("Libellé"))
    group_label = LineField(_l("Groupe (facultatif)"))


class ImpactForm(ChangeForm):
    slug = "impact"
    submit = _l("Changer l’impact")

    default_impact = ListField(_l("Impact de départ"), choices=choices_of(_IMPACT_CHOICES))

    def said(self, name: str, value: str) -> str:
        return str(_IMPACT_CHOICES.get(value, value))


# --- buttons ----------------------------------------------------------------------------------------------------------


class ButtonForm(RecordForm):
    """A button and nothing to fill in."""

    slug = "bouton"
