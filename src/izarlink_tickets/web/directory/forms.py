"""The directory's forms, one per command."""

from collections.abc import Callable
from functools import partial

from wtforms import Field, ValidationError

from izarlink_tickets.accounts import Account, email_of, fold_email, name_of, phone_of
from izarlink_tickets.application.accounts import Contact, NewAccount, Position
from izarlink_tickets.application.categories import NewCategory
from izarlink_tickets.directory import (
    CategoryRecord,
    Organisation,
    ServiceRecord,
    line_of,
    reference_of,
)
from izarlink_tickets.domain.access import CUSTOMER_ROLES
from izarlink_tickets.domain.vocabulary import LABELS, Role, TicketType
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.directory.record_form import (
    ChangeForm,
    FormsByEndpoint,
    RecordForm,
    button_form,
    sensitive_button_form,
)
from izarlink_tickets.web.directory.role_labels import ROLES
from izarlink_tickets.web.fields import ChoiceField, LineField, ListField, choices_of, refusal_at_field
from izarlink_tickets.web.forms import CommandForm, Form

_ROLE_CHOICES = {role.value: label for role, label in ROLES.items()}
# The labels of `wording.impact_label`, translated when the page is rendered.
_IMPACT_CHOICES = {
    "5": _l("Très haut"),
    "4": _l("Haut"),
    "3": _l("Moyen"),
    "2": _l("Bas"),
    "1": _l("Très bas"),
}


def _checked_by(rule: Callable[[str], object]) -> Callable[[Form, Field], None]:
    """Build a validator from a rule, to show all errors together."""

    def validate(_form: Form, field: Field) -> None:
        with refusal_at_field():
            rule(field.data)

    return validate


CONFIRM_BY_LINK = _l(
    "Un lien part par mail à {email} : la nouvelle adresse remplacera l’ancienne une fois confirmée par ce lien."
)

# --- customers --------------------------------------------------------------------------------------------------------


class NewOrganisationForm(CommandForm[None, str]):
    """A new customer. The result is its id."""

    done = _l("Le client est créé. Ajoutez son premier service et ses comptes.")

    name = LineField(_l("Nom"))

    def execute(self, _target: None) -> str:
        return portal().directory.create_organisation(self.context, name=self.name.data).id


class RenameForm(ChangeForm[Organisation, object]):
    slug = "nom"
    submit = _l("Enregistrer le nom")
    done = _l("Le nom est enregistré.")

    name = LineField(_l("Nom"))

    def execute(self, organisation: Organisation) -> object:
        return portal().directory.rename_organisation(
            self.context, organisation_id=organisation.id, name=self.name.data, seen=self.seen_record()
        )


ORGANISATION_FORMS: FormsByEndpoint[Organisation] = {
    "rename": RenameForm,
    "deactivate": sensitive_button_form(
        "desactiver",
        _l("Le client et tous ses comptes sont désactivés."),
        lambda context, record: portal().directory.deactivate_organisation(context, organisation_id=record.id),
    ),
    "reactivate": sensitive_button_form(
        "reactiver",
        _l("Le client est réactivé. Réactivez les comptes qui doivent l’être."),
        lambda context, record: portal().directory.reactivate_organisation(context, organisation_id=record.id),
    ),
}


# --- accounts ---------------------------------------------------------------------------------------------------------


class NewAccountForm(CommandForm[None, Account]):
    """organisation: the customer's name; the page suggests names."""

    is_sensitive = True

    name = LineField(_l("Nom"), validators=[_checked_by(name_of)])
    email = LineField(_l("Mail"), validators=[_checked_by(email_of)])
    phone = LineField(_l("Téléphone (facultatif)"), validators=[_checked_by(phone_of)])
    role = ChoiceField(_l("Rôle"), choices=choices_of(_ROLE_CHOICES))
    organisation = LineField(_l("Client"))

    def validate_role(self, field: Field) -> None:
        _require_role(field)

    def execute(self, _target: None) -> Account:
        account = NewAccount(
            self.email.data, self.name.data, Role(self.role.data), self.organisation.data or None, self.phone.data
        )
        return portal().accounts.create_account(self.context, account)

    def success_message(self, account: Account) -> str:
        if settings().oidc and account.role not in CUSTOMER_ROLES:
            return _("Le compte est créé. Reliez-le maintenant au compte IzarLink de cette personne.")
        return _("Le compte est créé. Ses identifiants partent par mail à %(email)s.", email=account.email)


class AccountContactForm(ChangeForm[Account, object]):
    slug = "coordonnees"
    submit = _l("Enregistrer les coordonnées")
    done = _l("Les coordonnées sont enregistrées.")

    name = LineField(_l("Nom"))
    email = LineField(_l("Mail"))
    phone = LineField(_l("Téléphone"))

    def needs_proof(self, account: Account) -> bool:
        """Whether the mail address changes, or the number that support calls back."""
        return fold_email(self.email.data) != fold_email(account.email) or self.phone.data != account.phone

    def execute(self, account: Account) -> Account:
        contact, seen = Contact(self.name.data, self.email.data, self.phone.data), self.seen_record()
        return portal().accounts.correct_contact(
            self.context, email=account.email, contact=contact, seen=Contact(**seen) if seen else None
        )

    def success_message(self, account: object) -> str:
        message = super().success_message(account)
        if not isinstance(account, Account) or fold_email(self.email.data) == fold_email(account.email):
            return message
        return f"{message} {CONFIRM_BY_LINK.format(email=account.pending_email)}"


class RoleForm(ChangeForm[Account, object]):
    is_sensitive = True
    slug = "role"
    submit = _l("Changer le rôle")
    done = _l("Le rôle est changé. La personne doit se connecter de nouveau.")

    role = ListField(_l("Rôle"), choices=choices_of(_ROLE_CHOICES))
    organisation = LineField(_l("Client"))

    def validate_role(self, field: Field) -> None:
        _require_role(field)

    def execute(self, account: Account) -> object:
        position, seen = Position(self.role.data or "", self.organisation.data), self.seen_record()
        return portal().accounts.change_role(
            self.context, email=account.email, position=position, seen=Position(**seen) if seen else None
        )

    def value_label(self, name: str, value: str) -> str:
        return str(_ROLE_CHOICES.get(value, value)) if name == "role" else value or _("(aucun)")


class ProviderSubjectForm(ChangeForm[Account, object]):
    """The person's name at the OpenID provider."""

    slug = "compte-izarlink"
    submit = _l("Enregistrer l’identifiant")
    done = _l("Le compte IzarLink est relié.")
    is_sensitive = True

    subject = LineField(_l("Identifiant chez le service de connexion (« sub »)"))

    def execute(self, account: Account) -> object:
        return portal().accounts.link_identity(
            self.context, email=account.email, subject=self.subject.data, seen=self.seen_record()
        )


def _require_role(field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choisissez un rôle."))


ACCOUNT_FORMS: FormsByEndpoint[Account] = {
    "correct_contact": AccountContactForm,
    "change_role": RoleForm,
    "link_identity": ProviderSubjectForm,
    "unlink_identity": sensitive_button_form(
        "delier",
        _l("Le compte IzarLink est délié et les sessions sont fermées."),
        lambda context, account: portal().accounts.unlink_identity(context, email=account.email),
    ),
    "invite": sensitive_button_form(
        "inviter",
        _l("De nouveaux identifiants partent par mail."),
        lambda context, account: portal().accounts.invite(context, email=account.email),
    ),
    "renew_password": sensitive_button_form(
        "mot-de-passe",
        _l("Le mot de passe est réinitialisé et les sessions sont fermées. Un mot de passe provisoire part par mail."),
        lambda context, account: portal().accounts.renew_password(context, email=account.email),
    ),
    "end_sessions": sensitive_button_form(
        "sessions",
        _l("Toutes les sessions de cette personne sont fermées."),
        lambda context, account: portal().accounts.end_sessions(context, email=account.email),
    ),
    "reset_second_factor": sensitive_button_form(
        "double-authentification",
        _l("La double authentification est réinitialisée et les sessions sont fermées. Un mail prévient la personne."),
        lambda context, account: portal().accounts.reset_second_factor(context, email=account.email),
    ),
    "deactivate": sensitive_button_form(
        "desactiver",
        _l("Le compte est désactivé et ses sessions sont fermées."),
        lambda context, account: portal().accounts.deactivate(context, email=account.email),
    ),
    "reactivate": sensitive_button_form(
        "reactiver",
        _l("Le compte est réactivé."),
        lambda context, account: portal().accounts.reactivate(context, email=account.email),
    ),
}


# --- services ---------------------------------------------------------------------------------------------------------


class NewServiceForm(CommandForm[None, str]):
    """A new service. The result is its id."""

    done = _l("Le service est ajouté.")

    reference = LineField(_l("Référence"), validators=[_checked_by(reference_of)])
    organisation = LineField(_l("Client"), validators=[_checked_by(partial(line_of, field="customer"))])
    label = LineField(_l("Libellé"), validators=[_checked_by(partial(line_of, field="label"))])
    site = LineField(_l("Site (facultatif)"))
    offer = LineField(_l("Offre (facultatif)"))

    def execute(self, _target: None) -> str:
        created = portal().directory.create_service(
            self.context,
            reference=self.reference.data,
            organisation_name=self.organisation.data,
            label=self.label.data,
            site=self.site.data,
            offer=self.offer.data,
        )
        return created.id


class ServiceForm(ChangeForm[ServiceRecord, object]):
    slug = "modifier"
    submit = _l("Enregistrer")
    done = _l("Le service est enregistré.")

    label = LineField(_l("Libellé"))
    site = LineField(_l("Site"))
    offer = LineField(_l("Offre"))

    def execute(self, service: ServiceRecord) -> object:
        return portal().directory.change_service(
            self.context,
            service_id=service.id,
            label=self.label.data,
            site=self.site.data,
            offer=self.offer.data,
            seen=self.seen_record(),
        )


SERVICE_FORMS: FormsByEndpoint[ServiceRecord] = {
    "change": ServiceForm,
    "deactivate": button_form(
        "desactiver",
        _l("Le service n’est plus proposé pour les nouveaux tickets."),
        lambda context, service: portal().directory.deactivate_service(context, service_id=service.id),
    ),
    "reactivate": button_form(
        "reactiver",
        _l("Le service est de nouveau proposé."),
        lambda context, service: portal().directory.reactivate_service(context, service_id=service.id),
    ),
}


# --- categories -------------------------------------------------------------------------------------------------------


class NewCategoryForm(RecordForm[None, object]):
    slug = "nouvelle"
    submit = _l("Ajouter la catégorie")
    done = _l("La catégorie est ajoutée.")

    ticket_type = ListField(
        _l("Type de demande"), choices=choices_of({code.value: _l(LABELS[code]) for code in TicketType})
    )
    label = LineField(_l("Libellé"))
    group_label = LineField(_l("Groupe (facultatif)"))
    default_impact = ListField(_l("Impact de départ"), choices=choices_of(_IMPACT_CHOICES), default="3")

    def execute(self, _target: None) -> object:
        category = NewCategory(
            self.ticket_type.data or "", self.label.data, self.group_label.data, int(self.default_impact.data or 0)
        )
        return portal().categories.create(self.context, category)


class RenameCategoryForm(RecordForm[CategoryRecord, object]):
    slug = "renommer"
    submit = _l("Remplacer le libellé")
    done = _l("Les nouveaux tickets porteront le nouveau libellé ; les anciens gardent le leur.")

    label = LineField(_l("Libellé"))
    group_label = LineField(_l("Groupe (facultatif)"))

    def execute(self, category: CategoryRecord) -> object:
        return portal().categories.rename(
            self.context, code=category.code, label=self.label.data, group_label=self.group_label.data
        )


class ImpactForm(ChangeForm[CategoryRecord, object]):
    slug = "impact"
    submit = _l("Changer l’impact")
    done = _l("L’impact s’applique aux nouveaux tickets.")

    default_impact = ListField(_l("Impact de départ"), choices=choices_of(_IMPACT_CHOICES))

    def execute(self, category: CategoryRecord) -> object:
        return portal().categories.change_impact(
            self.context, code=category.code, default_impact=int(self.default_impact.data or 0), seen=self.seen_record()
        )

    def value_label(self, _name: str, value: str) -> str:
        return str(_IMPACT_CHOICES.get(value, value))


CATEGORY_FORMS: FormsByEndpoint[CategoryRecord] = {
    "rename": RenameCategoryForm,
    "change_impact": ImpactForm,
    "move_up": button_form(
        "monter",
        _l("L’ordre est changé."),
        lambda context, category: portal().categories.move_up(context, code=category.code),
    ),
    "move_down": button_form(
        "descendre",
        _l("L’ordre est changé."),
        lambda context, category: portal().categories.move_down(context, code=category.code),
    ),
    "withdraw": button_form(
        "retirer",
        _l("La catégorie n’est plus proposée. Les tickets existants la gardent."),
        lambda context, category: portal().categories.withdraw(context, code=category.code),
    ),
    "restore": button_form(
        "remettre",
        _l("La catégorie est de nouveau proposée."),
        lambda context, category: portal().categories.restore(context, code=category.code),
    ),
}
