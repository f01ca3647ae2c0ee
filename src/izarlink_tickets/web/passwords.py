"""« Mot de passe oublié ? »: ask for a link, follow it, choose another password."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import LinkNotValid
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.forms import Form, LineField
from izarlink_tickets.web.guards import public
from izarlink_tickets.web.new_password import NewPasswordForm

pages = Blueprint("passwords", __name__)


class ForgottenForm(Form):
    identifier = LineField(_l("Identifiant"))


class ResetForm(NewPasswordForm):
    """A new password, twice."""


@pages.get("/mot-de-passe/oublie")
@public
def show_forgotten() -> Response:
    return _forgotten_page(ForgottenForm())


@pages.post("/mot-de-passe/oublie")
@public
def request_link() -> Response:
    """Answer alike whether there is such an account or not."""
    form = ForgottenForm()
    if form.validate() and (form.identifier.data or form.fail(_("Saisissez votre identifiant."), field="identifier")):
        with form.refusals_shown():
            portal().profiles.request_password_reset(
                identifier=form.identifier.data, remote_address=request.remote_addr or "", now=now()
            )
            return make_response(render_template("link_sent.html"))
    return _forgotten_page(form)


@pages.get("/mot-de-passe/<token>")
@public
def show_reset(token: str) -> Response:
    portal().profiles.find_reset(token, now=now())
    return _reset_page(ResetForm())


@pages.post("/mot-de-passe/<token>")
@public
def reset(token: str) -> Response:
    form = ResetForm()
    if form.validate():
        with form.refusals_shown():
            portal().profiles.reset_password(token, password=form.chosen, now=now())
            flash(_("Votre mot de passe est changé. Connectez-vous avec le nouveau."))
            return redirect("/connexion", HTTPStatus.SEE_OTHER)
    return _reset_page(form)


@pages.app_errorhandler(LinkNotValid)
def dead_link(refusal: LinkNotValid) -> Response:
    """Say so on the page where the next link is asked for."""
    form = ForgottenForm(formdata=None)
    form.show(refusal)
    return _forgotten_page(form)


def _forgotten_page(form: ForgottenForm) -> Response:
    return make_response(render_template("forgotten.html", form=form), form.status)


def _reset_page(form: ResetForm) -> Response:
    return make_response(render_template("reset.html", form=form), form.status)
