"""« Profil »: who one is to the portal, and how to be reached (R7, R8)."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import email_of, fold_email
from izarlink_tickets.application.signing_in import WrongCredentials
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import is_signed_in, viewer
from izarlink_tickets.web.forms import Form, LineField, SecretField
from izarlink_tickets.web.guards import public, signed_in

pages = Blueprint("profile", __name__)

CONFIRM_BY_LINK = _l(
    "Un lien vient d’être envoyé à {email}. Ouvrez-le et confirmez : la nouvelle adresse remplacera alors l’ancienne."
)


class ContactForm(Form):
    name = LineField(_l("Nom"))
    email = LineField(_l("Mail"))
    phone = LineField(_l("Téléphone"))
    current_password = SecretField(_l("Mot de passe actuel"))


class EmailForm(Form):
    """A button: opening a link is no act, mail programs do it by themselves. is_refused: it would do nothing."""

    is_refused = False

    def show(self, refusal: Refusal) -> None:
        super().show(refusal)
        self.is_refused = True


@pages.get("/profil")
@signed_in
def show_contact() -> Response:
    return _contact_page(ContactForm(obj=viewer()))


@pages.post("/profil")
@signed_in
def change_contact() -> Response:
    form = ContactForm()
    if form.validate():
        with form.refusals_shown():
            save_contact(form)
    if form.has_errors:
        return _contact_page(form)
    return redirect("/profil", HTTPStatus.SEE_OTHER)


def save_contact(form: ContactForm) -> None:
    """Store what was typed: the mail address counts only once confirmed, the rest at once. The form says what is wrong.

    Raises: InvalidEmail, InvalidPhone, TextMissing, TextTooLong, TooManyAttempts.
    """
    people, account = portal().people, viewer()
    wanted = email_of(form.email.data)
    is_moving = fold_email(wanted) != fold_email(account.email)
    if is_moving and not _is_proven(form):
        return
    people.confirm_contact(account.id, name=form.name.data, phone=form.phone.data, now=now())
    flash(_("Vos coordonnées sont enregistrées."))
    if is_moving:
        people.request_email_change(account.id, email=wanted, now=now())
        flash(CONFIRM_BY_LINK.format(email=wanted))


def _is_proven(form: ContactForm) -> bool:
    """Ask for the password before the account can go to another address: a screen left open is not enough."""
    if not form.current_password.data:
        return form.fail(
            _("Saisissez votre mot de passe actuel pour changer d’adresse mail."), field="current_password"
        )
    try:
        portal().people.require_password(viewer(), form.current_password.data, now=now())
    except WrongCredentials:
        return form.fail(_("Ce n’est pas votre mot de passe actuel."), field="current_password")
    return True


@pages.get("/profil/mail/<token>")
@public
def show_new_address(token: str) -> Response:
    form = EmailForm()
    with form.refusals_shown():
        portal().people.find_email_change(token, now=now())
    return _new_address_page(form)


@pages.post("/profil/mail/<token>")
@public
def confirm_new_address(token: str) -> Response:
    form = EmailForm()
    if form.validate():
        with form.refusals_shown():
            account = portal().people.confirm_email(token, now=now())
            flash(_("Votre adresse mail est maintenant %(email)s. C’est aussi votre identifiant.", email=account.email))
            return redirect("/profil" if is_signed_in() else "/connexion", HTTPStatus.SEE_OTHER)
    return _new_address_page(form)


def _new_address_page(form: EmailForm) -> Response:
    return make_response(render_template("new_address.html", form=form), form.status)


def _contact_page(form: ContactForm) -> Response:
    return make_response(render_template("profile.html", form=form), form.status)
