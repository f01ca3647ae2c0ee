"""The first sign-in: a new password, then the contact details.

Where a second factor is demanded, it is set up between the two.
Source: guide §2, "Le mot de passe générique … doit être modifié"; every other page leads here until it is done.
"""

from http import HTTPStatus

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import SECOND_STEP, begin_session, landing, next_stop, viewer, visitor
from izarlink_tickets.web.forms import form_page, run_form
from izarlink_tickets.web.guards import newcomer, signed_in
from izarlink_tickets.web.new_password import NewPasswordForm
from izarlink_tickets.web.profile import ContactForm
from izarlink_tickets.web.second_factor import first_steps, has_to_prove

pages = Blueprint("welcome", __name__)


class FirstPasswordForm(NewPasswordForm[Visitor, None]):
    done = _l("Votre mot de passe est enregistré.")

    def execute(self, visitor: Visitor) -> None:
        """Replace the initial password, and continue in a new session."""
        chosen = portal().profiles.choose_first_password(
            visitor, password=self.password, user_agent=request.user_agent.string, now=now()
        )
        begin_session(chosen)


@pages.get("/bienvenue/mot-de-passe")
@newcomer
def show_password() -> Response:
    if has_to_prove():
        return redirect(SECOND_STEP)
    if not visitor().must_change_password:
        return redirect("/profil/mot-de-passe")
    return _password_page(FirstPasswordForm())


@pages.post("/bienvenue/mot-de-passe")
@newcomer
def choose_password() -> Response:
    if has_to_prove():
        return redirect(SECOND_STEP, HTTPStatus.SEE_OTHER)
    if not visitor().must_change_password:
        return redirect("/profil/mot-de-passe", HTTPStatus.SEE_OTHER)
    form = FirstPasswordForm()
    return run_form(
        form,
        visitor(),
        location=lambda _: SECOND_STEP if visitor().session.awaits else "/bienvenue/coordonnees",
        page=lambda: _password_page(form),
    )


@pages.get("/bienvenue/coordonnees")
@signed_in
def show_contact() -> Response:
    return _contact_page(ContactForm(obj=viewer()))


@pages.post("/bienvenue/coordonnees")
@signed_in
def confirm_contact() -> Response:
    form = ContactForm()
    return run_form(form, viewer(), location=lambda _: landing(), page=lambda: _contact_page(form))


def _password_page(form: FirstPasswordForm) -> Response:
    return form_page("welcome_password.html", form, step=1, steps=first_steps())


def _contact_page(form: ContactForm) -> Response:
    return form_page("welcome_contact.html", form, later=next_stop(), step=first_steps(), steps=first_steps())
