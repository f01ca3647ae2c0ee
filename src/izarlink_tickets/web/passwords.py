"""The pages after « Mot de passe oublié ? »."""

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import LinkNotValid
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web import security_events
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.fields import IdentifierField
from izarlink_tickets.web.forms import Form, form_page, run_form
from izarlink_tickets.web.guards import public
from izarlink_tickets.web.known_browsers import known_browsers, remember_browser
from izarlink_tickets.web.new_password import NewPasswordForm
from izarlink_tickets.web.templating import render

pages = Blueprint("passwords", __name__)
# The button of the sign-in; a link would not bring along what is typed, or show it in the address.
FROM_SIGN_IN = "depuis_connexion"


class ForgottenForm(Form):
    identifier = IdentifierField(_l("Identifiant"))

    def validate_identifier(self, field: IdentifierField) -> None:
        if not field.data:
            raise ValidationError(_("Saisissez votre identifiant."))


class ResetForm(NewPasswordForm[str, None]):
    """A new password. Its target is the token of the link."""

    done = _l("Votre mot de passe est changé. Connectez-vous avec le nouveau.")

    def execute(self, token: str) -> None:
        """Set the password.

        Whoever has the link may sign in, whatever others have typed meanwhile.
        """
        remember_browser(portal().profiles.reset_password(token, password=self.password, now=now()))


@pages.get("/mot-de-passe/oublie")
@public
def show_forgotten() -> Response:
    return form_page("forgotten.html", ForgottenForm())


@pages.post("/mot-de-passe/oublie")
@public
def request_link() -> Response:
    """Send a link, with the same answer for unknown accounts.

    Coming from the sign-in, it only shows the form, with the identifier typed there.
    """
    form = ForgottenForm()
    if FROM_SIGN_IN in request.form:
        return form_page("forgotten.html", form)
    if form.validate():
        with form.catch_refusals():
            portal().profiles.request_password_reset(
                identifier=form.identifier.data,
                remote_address=request.remote_addr or "",
                now=now(),
                known_browsers=known_browsers(),
            )
            return make_response(render("link_sent.html"))
    return form_page("forgotten.html", form)


@pages.get("/mot-de-passe/<token>")
@public
def show_reset(token: str) -> Response:
    return _reset_page(ResetForm(), token)


@pages.post("/mot-de-passe/<token>")
@public
def reset(token: str) -> Response:
    form = ResetForm()
    return run_form(form, token, location=lambda _: "/connexion", page=lambda: _reset_page(form, token))


def _reset_page(form: ResetForm, token: str) -> Response:
    account = portal().profiles.find_reset(token, now=now())
    return form_page("reset.html", form, account=account)


@pages.app_errorhandler(LinkNotValid)
def dead_link(refusal: LinkNotValid) -> Response:
    """Render the refusal on the page that sends another link."""
    security_events.record_refusal(refusal)
    form = ForgottenForm(formdata=None)
    form.add_refusal(refusal)
    return form_page("forgotten.html", form)
