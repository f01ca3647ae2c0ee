"""The base forms for a new password."""

from wtforms.validators import ValidationError

from izarlink_tickets.accounts.passwords import normalise, refuse_odd_length
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.fields import SecretField, refusal_at_field
from izarlink_tickets.web.forms import CommandForm, Form, Result, Target


class CurrentPasswordForm(Form):
    """The current password, declared first to lead the error summary."""

    current_password = SecretField(_l("Mot de passe actuel"))

    def validate_current_password(self, field: SecretField) -> None:
        if not field.data:
            raise ValidationError(_("Saisissez votre mot de passe actuel."))


class NewPasswordForm(CommandForm[Target, Result]):
    """A new password, typed twice because it is hidden."""

    new_password = SecretField(_l("Nouveau mot de passe"))
    confirmation = SecretField(_l("Confirmer le mot de passe"))

    def validate_new_password(self, field: SecretField) -> None:
        # Checked here too, to show all errors at once.
        with refusal_at_field():
            refuse_odd_length(field.data or "")

    def validate_confirmation(self, field: SecretField) -> None:
        if normalise(field.data or "") != normalise(self.password):
            raise ValidationError(_("Les deux mots de passe ne sont pas identiques."))

    @property
    def password(self) -> str:
        return self.new_password.data or ""
