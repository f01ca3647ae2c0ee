"""The form in which a new password is chosen: at the first login, in « Sécurité », and after a forgotten one."""

from wtforms.validators import ValidationError

from izarlink_tickets.accounts.passwords import refuse_odd_length
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.forms import Form, SecretField, refusal_at_field


class CurrentPasswordForm(Form):
    """The current password. It is declared before the new one: what is wrong is summed up in this order."""

    current_password = SecretField(_l("Mot de passe actuel"))

    def validate_current_password(self, field: SecretField) -> None:
        if not field.data:
            raise ValidationError(_("Saisissez votre mot de passe actuel."))


class NewPasswordForm(Form):
    """A new password, typed twice because it can't be read."""

    new_password = SecretField(_l("Nouveau mot de passe"))
    confirmation = SecretField(_l("Confirmer le mot de passe"))

    def validate_new_password(self, field: SecretField) -> None:
        # Asked here too, so that a short password and one typed differently are told together.
        with refusal_at_field():
            refuse_odd_length(field.data or "")

    def validate_confirmation(self, field: SecretField) -> None:
        if field.data != self.new_password.data:
            raise ValidationError(_("Les deux mots de passe ne sont pas identiques."))

    @property
    def chosen(self) -> str:
        return self.new_password.data or ""
