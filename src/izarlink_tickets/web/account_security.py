"""« Profil », the part that guards the account: the password, the open sessions, what is done for security."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.domain.account import AccountEvent
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.account_event_labels import in_words
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import begin_session, viewer, visitor
from izarlink_tickets.web.forms import Form, LineField
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.new_password import CurrentPasswordForm, NewPasswordForm

pages = Blueprint("devices", __name__)


class ChangePasswordForm(CurrentPasswordForm, NewPasswordForm):
    """The current password, and a new one twice."""


class DeviceForm(Form):
    """A button beside a session. handle: names it; empty for all others."""

    handle = LineField(_l("Session"))


@pages.get("/profil/mot-de-passe")
@signed_in
def show_password() -> Response:
    return _password_page(ChangePasswordForm())


@pages.post("/profil/mot-de-passe")
@signed_in
def change_password() -> Response:
    form = ChangePasswordForm()
    if form.validate():
        with form.refusals_shown():
            _change(form)
    if form.has_errors:
        return _password_page(form)
    flash(_("Votre mot de passe est changé. Vos autres sessions sont fermées."))
    return redirect("/profil/mot-de-passe", HTTPStatus.SEE_OTHER)


def _change(form: ChangePasswordForm) -> None:
    try:
        changed = portal().profiles.change_password(
            visitor(),
            current=form.current_password.data or "",
            password=form.chosen,
            user_agent=request.user_agent.string,
            now=now(),
        )
    except WrongCredentials:
        form.fail(_("Ce n’est pas votre mot de passe actuel."), field="current_password")
        return
    begin_session(changed)


@pages.get("/profil/sessions")
@signed_in
def show_devices() -> Response:
    return _devices_page(DeviceForm(formdata=None))


@pages.post("/profil/sessions")
@signed_in
def end_devices() -> Response:
    form = DeviceForm()
    if not form.validate():
        return _devices_page(form)
    if form.handle.data:
        portal().sign_ins.end_device(visitor(), handle=form.handle.data)
        flash(_("Cette session est fermée."))
    else:
        portal().sign_ins.end_other_devices(visitor())
        flash(_("Vos autres sessions sont fermées."))
    return redirect("/profil/sessions", HTTPStatus.SEE_OTHER)


@pages.get("/profil/securite")
@signed_in
def show_security() -> Response:
    known = in_words(portal().sign_ins.activity(viewer().id))
    told = [(fact.timestamp, _with_author(fact, said)) for fact, said in known]
    return make_response(render_template("security.html", account=viewer(), facts=told))


def _with_author(fact: AccountEvent, said: str) -> str:
    return said if fact.actor_id == viewer().id else _("%(fact)s par IzarLink", fact=said)


def _password_page(form: ChangePasswordForm) -> Response:
    return make_response(render_template("password.html", form=form), form.status)


def _devices_page(form: DeviceForm) -> Response:
    own = visitor().session.id_hash
    devices = portal().sign_ins.devices(visitor(), now=now())
    return make_response(render_template("devices.html", form=form, devices=devices, own=own), form.status)
