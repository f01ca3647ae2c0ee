"""The second step of a sign-in, and passkeys alone."""

from http import HTTPStatus

from flask import Blueprint, abort, make_response, redirect, request
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError

from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import (
    ENROLMENT,
    FORCED_CHANGE,
    SECOND_STEP,
    TARGET,
    begin_session,
    is_signed_in,
    keep_target,
    landing,
    presented_session,
    visitor,
)
from izarlink_tickets.web.fields import LineField
from izarlink_tickets.web.forms import Form, form_page
from izarlink_tickets.web.guards import newcomer, public
from izarlink_tickets.web.passkey_form import PasskeyForm
from izarlink_tickets.web.resubmission import SubmittedForm, carried_form
from izarlink_tickets.web.templating import render

pages = Blueprint("second_factor", __name__)


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = LineField(_l("Code"))

    def validate_code(self, field: LineField) -> None:
        if not field.data:
            raise ValidationError(_("Saisissez un code."))


def lead_on() -> Response:
    """Lead to the second step, the carried text or the target."""
    submitted, current = carried_form(), visitor()
    if current.session.awaits:
        return _step_page(CodeForm(formdata=None), submitted=submitted) if submitted else _redirect(SECOND_STEP)
    if submitted and submitted.is_for(current.account.id) and not current.must_change_password:
        return make_response(render("resume.html", submitted=submitted))
    return _redirect(landing())


@pages.get(SECOND_STEP)
@newcomer
def show_step() -> Response:
    return _elsewhere() or _step_page(CodeForm())


@pages.post(SECOND_STEP)
@newcomer
def check_code() -> Response:
    form = CodeForm()
    if elsewhere := _elsewhere():
        return elsewhere
    if form.validate():
        with form.catch_refusals():
            return _complete(
                portal().second_steps.complete_by_code(
                    visitor(), typed=form.code.data, remote_address=request.remote_addr or "", now=now()
                )
            )
    return _step_page(form, submitted=carried_form())


@pages.post(f"{SECOND_STEP}/cle-acces")
@newcomer
def check_passkey() -> Response:
    form = PasskeyForm()
    if elsewhere := _elsewhere():
        return elsewhere
    if form.validate():
        with form.catch_refusals():
            return _complete(
                portal().second_steps.complete_by_passkey(
                    visitor(), form.answered, remote_address=request.remote_addr or "", now=now()
                )
            )
    return _step_page(CodeForm(formdata=None), passkey=form, submitted=carried_form())


@pages.get("/connexion/cle-acces")
@public
def show_passkey() -> Response:
    if is_signed_in():
        return redirect(landing())
    return _passkey_page(PasskeyForm())


@pages.post("/connexion/cle-acces")
@public
def sign_in_by_passkey() -> Response:
    form = PasskeyForm()
    if form.validate():
        with form.catch_refusals():
            begun = portal().second_steps.sign_in_by_passkey(
                form.answered,
                remote_address=request.remote_addr or "",
                user_agent=request.user_agent.string,
                now=now(),
                replaces=presented_session(),
            )
            keep_target(request.args.get(TARGET))
            return _complete(begun)
    return _passkey_page(form)


def _complete(signed_in: Visitor) -> Response:
    begin_session(signed_in)
    return lead_on()


def has_to_prove() -> bool:
    """Whether the visitor's sign-in awaits a second factor that they have."""
    current = visitor()
    return current.session.awaits is not None and portal().second_factors.has_any(current.account)


def first_steps() -> int:
    """Return the number of steps of a first sign-in."""
    return 3 if is_step() else 2


def is_step() -> bool:
    """Whether a first sign-in of the visitor sets a second factor up."""
    account = visitor().account
    return account.confirmed_at is None and portal().second_factors.must_keep_one(account)


def _elsewhere() -> Response | None:
    """Return where the visitor belongs, unless here."""
    current = visitor()
    if not current.session.awaits:
        return _redirect(landing())
    if has_to_prove():
        return None
    return _redirect(FORCED_CHANGE if current.must_change_password else ENROLMENT)


def _step_page(
    form: CodeForm, *, passkey: PasskeyForm | None = None, submitted: SubmittedForm | None = None
) -> Response:
    """Render the second step. passkey: the refused form of one."""
    enrolled = portal().second_factors.of(visitor().account).enrolled
    question = portal().second_steps.options(visitor(), now=now())
    asking = passkey or PasskeyForm(formdata=None)
    if question:
        asking.ask(*question)
    if not enrolled.has_app:
        form.code.label.text = _("Code de secours")
    page = render(
        "second_factor.html",
        form=passkey or form,
        code=form,
        passkey=asking if question else None,
        has_app=enrolled.has_app,
        submitted=submitted,
        step=SECOND_STEP,
    )
    return make_response(page, (passkey or form).status)


def _passkey_page(form: PasskeyForm) -> Response:
    if not portal().second_steps.has_passkeys:
        abort(404)
    form.ask(*portal().second_steps.sign_in_options(now=now()))
    return form_page("passkey_sign_in.html", form)


def _redirect(location: str) -> Response:
    return redirect(location, HTTPStatus.SEE_OTHER)
