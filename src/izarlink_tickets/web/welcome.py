"""The first login: a password of one's own, which nobody can walk around (R5), then the contact details (R6)."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.application.sign_ins import Visitor
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import begin_session, landing, next_stop, viewer, visitor
from izarlink_tickets.web.guards import newcomer, signed_in
from izarlink_tickets.web.new_password import NewPasswordForm
from izarlink_tickets.web.profile import ContactForm, save_contact

pages = Blueprint("welcome", __name__)


@pages.get("/bienvenue/mot-de-passe")
@newcomer
def show_password() -> Response:
    if not viewer().must_change_password:
        return redirect("/profil/mot-de-passe")
    return _password_page(NewPasswordForm())


@pages.post("/bienvenue/mot-de-passe")
@newcomer
def choose_password() -> Response:
    if not viewer().must_change_password:
        return redirect("/profil/mot-de-passe", HTTPStatus.SEE_OTHER)
    form = NewPasswordForm()
    if form.validate():
        with form.refusals_shown():
            begin_session(_choose(form))
            flash(_("Votre mot de passe est enregistré."))
            return redirect("/bienvenue/coordonnees", HTTPStatus.SEE_OTHER)
    return _password_page(form)


@pages.get("/bienvenue/coordonnees")
@signed_in
def show_contact() -> Response:
    return _contact_page(ContactForm(obj=viewer()))


@pages.post("/bienvenue/coordonnees")
@signed_in
def confirm_contact() -> Response:
    form = ContactForm()
    if form.validate():
        with form.refusals_shown():
            save_contact(form)
    if form.has_errors:
        return _contact_page(form)
    return redirect(landing(), HTTPStatus.SEE_OTHER)


def _choose(form: NewPasswordForm) -> Visitor:
    return portal().profiles.choose_first_password(
        visitor(), password=form.chosen, user_agent=request.user_agent.string, now=now()
    )


def _password_page(form: NewPasswordForm) -> Response:
    return make_response(render_template("welcome_password.html", form=form), form.status)


def _contact_page(form: ContactForm) -> Response:
    return make_response(render_template("welcome_contact.html", form=form, later=next_stop()), form.status)
