"""« Double authentification »: a person's app, passkeys and recovery codes.

A sign-in that has to set up its first second factor sees these pages too, and no others.
"""

from http import HTTPStatus

from flask import Blueprint, abort, redirect
from werkzeug.wrappers import Response
from wtforms import HiddenField
from wtforms.validators import ValidationError

from izarlink_tickets.accounts import name_of
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import (
    ENROLMENT,
    SECOND_STEP,
    begin_session,
    next_stop,
    renew_session,
    viewer,
    visitor,
)
from izarlink_tickets.web.fields import LineField, refusal_at_field
from izarlink_tickets.web.forms import CommandForm, Form, form_page, new_command_id, run_form
from izarlink_tickets.web.guards import enrolling, fresh, signed_in, unfinished
from izarlink_tickets.web.passkey_form import PasskeyForm
from izarlink_tickets.web.qr_code import qr_code
from izarlink_tickets.web.second_factor import first_steps, has_to_prove, is_step

pages = Blueprint("own_second_factors", __name__, url_prefix=ENROLMENT)
CODES = f"{ENROLMENT}/codes-de-secours"


class OwnFactorForm(CommandForm[Visitor, Visitor]):
    """A change of the visitor's second factors, which continues the session."""

    is_sensitive = True

    def confirm(self, result: Visitor) -> None:
        """Continue the session under its new id, then confirm."""
        (begin_session if visitor().session.awaits else renew_session)(result)
        super().confirm(result)


class AppForm(OwnFactorForm):
    """The first code of an app. enrolment: its secret, sealed."""

    done = _l("Votre application est enregistrée. Vos autres sessions sont fermées.")

    enrolment = HiddenField()
    code = LineField(_l("Code affiché par l’application"))

    def validate_code(self, field: LineField) -> None:
        if not field.data:
            raise ValidationError(_("Saisissez le code affiché par l’application."))

    def execute(self, current: Visitor) -> Visitor:
        return portal().second_factors.add_app(
            current, token=self.enrolment.data or "", typed=self.code.data, now=now()
        )


class NewPasskeyForm(PasskeyForm, OwnFactorForm):
    done = _l("Votre clé d’accès est enregistrée. Vos autres sessions sont fermées.")

    name = LineField(_l("Nom de la clé d’accès"))

    def validate_name(self, field: LineField) -> None:
        with refusal_at_field():
            name_of(field.data)

    def execute(self, current: Visitor) -> Visitor:
        return portal().second_factors.add_passkey(current, self.answered, name=self.name.data, now=now())


class RemoveAppForm(OwnFactorForm):
    done = _l("Votre application est retirée. Vos autres sessions sont fermées.")

    def execute(self, current: Visitor) -> Visitor:
        return portal().second_factors.remove_app(current, now=now())


class RemovePasskeyForm(OwnFactorForm):
    done = _l("Votre clé d’accès est retirée. Vos autres sessions sont fermées.")

    passkey_id = LineField(_l("Clé d’accès"))

    def execute(self, current: Visitor) -> Visitor:
        return portal().second_factors.remove_passkey(current, passkey_id=self.passkey_id.data, now=now())


class CodesForm(Form):
    """A button that creates recovery codes."""


@pages.get("")
@unfinished
def show() -> Response:
    return _elsewhere() or _overview(None)


@pages.get("/application")
@enrolling
def show_app() -> Response:
    return _elsewhere() or _app_page(AppForm())


@pages.post("/application")
@enrolling
def add_app() -> Response:
    form = AppForm()
    return _elsewhere() or run_form(form, visitor(), location=_after_adding, page=lambda: _app_page(form))


@pages.post("/application/retirer")
@signed_in
def remove_app() -> Response:
    return _remove(RemoveAppForm())


@pages.get("/cle-acces")
@enrolling
def show_passkey() -> Response:
    return _elsewhere() or _passkey_page(NewPasskeyForm())


@pages.post("/cle-acces")
@enrolling
def add_passkey() -> Response:
    form = NewPasskeyForm()
    return _elsewhere() or run_form(form, visitor(), location=_after_adding, page=lambda: _passkey_page(form))


@pages.post("/cle-acces/retirer")
@signed_in
def remove_passkey() -> Response:
    return _remove(RemovePasskeyForm())


@pages.get("/codes-de-secours")
@fresh
def show_codes() -> Response:
    return _codes_page(CodesForm(), codes=[])


@pages.post("/codes-de-secours")
@fresh
def create_codes() -> Response:
    """Show ten codes in the answer itself: no address shows them again."""
    form = CodesForm()
    if form.validate():
        with form.catch_refusals():
            return _codes_page(form, codes=portal().second_factors.create_recovery_codes(visitor(), now=now()))
    return _codes_page(form, codes=[])


def _elsewhere() -> Response | None:
    """Return where a sign-in with a second factor to prove belongs."""
    return redirect(SECOND_STEP, HTTPStatus.SEE_OTHER) if has_to_prove() else None


def _overview(refused: OwnFactorForm | None) -> Response:
    return form_page(
        "second_factors.html",
        refused,
        own=portal().second_factors.of(viewer()),
        has_passkeys=portal().second_steps.has_passkeys,
        is_unfinished=visitor().session.awaits is not None,
        command_id=new_command_id,
        steps=_steps(),
    )


def _remove(form: OwnFactorForm) -> Response:
    return run_form(form, visitor(), location=lambda _: ENROLMENT, page=lambda: _overview(form))


def _after_adding(continued: Visitor) -> str:
    """Return the page of the recovery codes, until there are any."""
    enrolled = portal().second_factors.of(continued.account).enrolled
    return ENROLMENT if enrolled.recovery_codes else CODES


def _app_page(form: AppForm) -> Response:
    begun = portal().second_factors.resume_app(visitor(), token=form.enrolment.data or "")
    form.enrolment.data = begun.token
    return form_page("authenticator_app.html", form, key=begun.secret, qr=qr_code(begun.url), steps=_steps())


def _passkey_page(form: NewPasskeyForm) -> Response:
    question = portal().second_factors.passkey_options(visitor(), now=now())
    if question is None:
        abort(404)
    form.ask(*question)
    form.name.data = form.name.data or _("Clé d’accès")
    return form_page("new_passkey.html", form, steps=_steps())


def _codes_page(form: CodesForm, *, codes: list[str]) -> Response:
    own = portal().second_factors.of(viewer()).enrolled
    later = "/bienvenue/coordonnees" if viewer().confirmed_at is None else next_stop()
    steps = first_steps() if is_step() else None
    return form_page("recovery_codes.html", form, codes=codes, enrolled=own, later=later, steps=steps)


def _steps() -> int | None:
    """Return the number of steps; None unless this is a first sign-in."""
    return first_steps() if is_step() and viewer().last_signed_in_at is None else None
