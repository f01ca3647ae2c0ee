"""The form of a passkey, filled in by the script.

It has no field to type in: the device is asked, and answers. Without the script it stays hidden.
"""

from typing import Any

from wtforms import HiddenField

from izarlink_tickets.application.second_steps import PasskeyAnswer
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.forms import Form


class PasskeyForm(Form):
    """The answer of a device. options: the page's question, in JSON."""

    challenge = HiddenField()
    answer = HiddenField()

    options = ""

    @property
    def answered(self) -> PasskeyAnswer:
        return PasskeyAnswer(self.challenge.data or "", self.answer.data or "")

    def ask(self, challenge: str, options: str) -> None:
        """Put a new question into the form, whatever was sent with it."""
        self.challenge.data, self.answer.data, self.options = challenge, "", options

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - as in WTForms
        """Check that the device has answered; no field shows the error."""
        is_valid = super().validate(extra_validators)
        return (
            self.fail(_("Votre appareil n’a pas répondu. Recommencez."))
            if is_valid and not self.answer.data
            else is_valid
        )
