"""« Profil »: password, sessions and account history."""

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.account_event_labels import labelled_events
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import begin_session, end_session, viewer, visitor
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import CommandForm, form_page, run_form
from izarlink_tickets.web.guards import fresh, signed_in
from izarlink_tickets.web.new_password import CurrentPasswordForm, NewPasswordForm
from izarlink_tickets.web.templating import render

pages = Blueprint("devices", __name__)
# In place of a session's handle, which is in hexadecimal digits.
ALL = "toutes"


class ChangePasswordForm(CurrentPasswordForm, NewPasswordForm[Visitor, None]):
    """The current password, and a new one twice."""

    done = _l("Votre mot de passe est changé. Vos autres sessions sont fermées.")

    def execute(self, visitor: Visitor) -> None:
        """Change the password, and continue in a new session."""
        changed = portal().profiles.change_password(
            visitor,
            current=self.current_password.data or "",
            password=self.password,
            user_agent=request.user_agent.string,
            now=now(),
        )
        begin_session(changed)

    def add_refusal(self, refusal: Refusal) -> None:
        if isinstance(refusal, WrongCredentials):
            self.fail(_("Ce n’est pas votre mot de passe actuel."), field="current_password")
        else:
            super().add_refusal(refusal)


class DeviceForm(CommandForm[Visitor, None]):
    """Ends a session.

    handle: of the session; ALL for every session with this one; empty for all others.
    """

    handle = LineField(_l("Session"))

    @property
    def ends_all(self) -> bool:
        return self.handle.data == ALL

    def execute(self, visitor: Visitor) -> None:
        """End the chosen sessions."""
        sign_ins = portal().sign_ins
        if self.ends_all:
            sign_ins.end_all_devices(visitor, now=now())
            end_session()
        elif self.handle.data:
            sign_ins.end_device(visitor, handle=self.handle.data, now=now())
        else:
            sign_ins.end_other_devices(visitor, now=now())

    def success_message(self, _result: None) -> str:
        if self.ends_all:
            return _("Toutes vos sessions sont fermées.")
        return _("Cette session est fermée.") if self.handle.data else _("Vos autres sessions sont fermées.")


@pages.get("/profil/mot-de-passe")
@signed_in
def show_password() -> Response:
    return form_page("password.html", ChangePasswordForm())


@pages.post("/profil/mot-de-passe")
@signed_in
def change_password() -> Response:
    form = ChangePasswordForm()
    return run_form(
        form, visitor(), location=lambda _: "/profil/mot-de-passe", page=lambda: form_page("password.html", form)
    )


@pages.get("/profil/sessions")
@signed_in
def show_devices() -> Response:
    return _devices_page(DeviceForm(formdata=None))


@pages.post("/profil/sessions")
@fresh
def end_devices() -> Response:
    form = DeviceForm()
    return run_form(
        form,
        visitor(),
        location=lambda _: "/connexion" if form.ends_all else "/profil/sessions",
        page=lambda: _devices_page(form),
    )


@pages.get("/profil/securite")
@signed_in
def show_security() -> Response:
    events = [
        (event.timestamp, label if event.actor_id == viewer().id else _("%(fact)s par IzarLink", fact=label))
        for event, label in labelled_events(portal().sign_ins.activity(viewer().id))
    ]
    has_second_factor = portal().second_factors.has_any(viewer())
    return make_response(render("security.html", account=viewer(), facts=events, has_second_factor=has_second_factor))


def _devices_page(form: DeviceForm) -> Response:
    own = visitor().session.id_hash
    devices = portal().sign_ins.devices(visitor(), now=now())
    return form_page("devices.html", form, devices=devices, own=own, all_sessions=ALL)
