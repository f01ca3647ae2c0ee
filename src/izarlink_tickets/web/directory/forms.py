"""The forms of the directory. They check nothing that the use cases check."""

from wtforms import Field, ValidationError

from izarlink_tickets import wording
from izarlink_tickets.application.account_changes import Contact, Position
from izarlink_tickets.application.administration import NewAccount
from izarlink_tickets.domain.vocabulary import IMPACTS, Role, TicketType
from izarlink_tickets.web.directory.record_form import ChangeForm, RecordForm
from izarlink_tickets.web.directory.words import ROLES
from izarlink_tickets.web.forms import ChoiceField, Form, LineField, ListField, choices_of

_ROLE_CHOICES = {role.value: label for role, label in ROLES.items()}
_IMPACT_CHOICES = {str(level): wording.impact_said(level) for level in reversed(IMPACTS)}


# --- customers --------------------------------------------------------------------------------------------------------


class NewClientForm(Form):
    name = LineField("Nom")


class RenameClientForm(ChangeForm):
    slug = "nom"
    submit = "Enregistrer le nom"

    name = LineField("Nom")


# --- accounts ---------------------------------------------------------------------------------------------------------


class NewAccountForm(Form):
    """organisation: the customer's name, whose list the page offers."""

    name = LineField("Nom")
    email = LineField("Mail")
    phone = LineField("Téléphone (facultatif)")
    role = ChoiceField("Rôle", choices=choices_of(_ROLE_CHOICES))
    organisation = LineField("Client")

    def validate_role(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Choisissez un rôle.")

    def wanted(self) -> NewAccount:
        role = Role(self.role.data)
        return NewAccount(self.email.data, self.name.data, role, self.organisation.data or None, self.phone.data)


class ContactForm(ChangeForm):
    slug = "coordonnees"
    submit = "Enregistrer les coordonnées"

    name = LineField("Nom")
    email = LineField("Mail")
    phone = LineField("Téléphone")

    def contact(self) -> Contact:
        return Contact(self.name.data, self.email.data, self.phone.data)

    def seen_contact(self) -> Contact | None:
        seen = self.seen_record()
        return Contact(**seen) if seen else None


class RoleForm(ChangeForm):
    slug = "role"
    submit = "Changer le rôle"

    role = ListField("Rôle", choices=choices_of(_ROLE_CHOICES))
    organisation = LineField("Client")

    def position(self) -> Position:
        return Position(self.role.data or "", self.organisation.data)

    def seen_position(self) -> Position | None:
        seen = self.seen_record()
        return Position(**seen) if seen else None

    def said(self, name: str, value: str) -> str:
        return _ROLE_CHOICES.get(value, value) if name == "role" else value or "(aucun)"


# --- connections ------------------------------------------------------------------------------------------------------


class NewServiceForm(Form):
    reference = LineField("Référence")
    organisation = LineField("Client")
    label = LineField("Libellé")
    site = LineField("Site (facultatif)")
    offer = LineField("Offre (facultatif)")


class ServiceForm(ChangeForm):
    slug = "modifier"
    submit = "Enregistrer"

    label = LineField("Libellé")
    site = LineField("Site")
    offer = LineField("Offre")


# --- categories -------------------------------------------------------------------------------------------------------


class NewCategoryForm(RecordForm):
    slug = "nouvelle"
    submit = "Ajouter la catégorie"

    ticket_type = ListField(
        "Type de demande", choices=choices_of({code.value: wording.type_said(code) for code in TicketType})
    )
    label = LineField("Libellé")
    group_label = LineField("Groupe (facultatif)")
    default_impact = ListField("Impact de départ", choices=choices_of(_IMPACT_CHOICES), default="3")


class RenameCategoryForm(RecordForm):
    slug = "renommer"
    submit = "Remplacer le libellé"

    label = LineField("Libellé")
    group_label = LineField("Groupe (facultatif)")


class ImpactForm(ChangeForm):
    slug = "impact"
    submit = "Changer l’impact"

    default_impact = ListField("Impact de départ", choices=choices_of(_IMPACT_CHOICES))

    def said(self, name: str, value: str) -> str:
        return _IMPACT_CHOICES.get(value, value)


# --- buttons ----------------------------------------------------------------------------------------------------------


class ButtonForm(RecordForm):
    """A button and nothing to fill in."""

    slug = "bouton"
