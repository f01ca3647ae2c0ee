"""« Connexion » and « Se déconnecter »."""

from http import HTTPStatus

from flask import Blueprint, flash, make_response, redirect, render_template, request
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from izarlink_tickets.application.signing_in import Visitor
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import (
    TARGET,
    begin_session,
    end_session,
    is_signed_in,
    keep_target,
    landing,
    visitor,
)
from izarlink_tickets.web.csrf import is_genuine
from izarlink_tickets.web.forms import Form, LineField, SecretField
from izarlink_tickets.web.guards import newcomer, public
from izarlink_tickets.web.resubmission import SubmittedForm, carried_form, submitted_form

pages = Blueprint("sign_in", __name__)


class SignInForm(Form):
    identifier = LineField(_l("Identifiant"))
    password = SecretField(_l("Mot de passe"))


@pages.get("/connexion")
@public
def show() -> Response:
    if is_signed_in():
        keep_target(request.args.get(TARGET))
        return redirect(landing())
    return _page(SignInForm())


@pages.post("/connexion")
@public
def sign_in() -> Response:
    form = SignInForm()
    if form.validate():
        with form.refusals_shown():
            return _enter(_compare(form))
    return _page(form, kept=carried_form())


@pages.post("/deconnexion")
@newcomer
def sign_out() -> Response:
    if not is_genuine():
        flash(_("La déconnexion n’a pas abouti : recommencez."))
        return redirect("/", HTTPStatus.SEE_OTHER)
    portal().people.sign_out(visitor().session_id)
    end_session()
    flash(_("Votre session est fermée."))
    response = redirect("/connexion", HTTPStatus.SEE_OTHER)
    # What the browser kept of the pages is nobody's business any more; cookies go by their own header.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.app_errorhandler(Unauthorized)
def ask_again(_: Unauthorized) -> Response:
    """Answer a form that was sent after the session had ended: sign in first, the text is kept."""
    return _page(SignInForm(formdata=None), kept=submitted_form(), status=HTTPStatus.UNAUTHORIZED)


def _compare(form: SignInForm) -> Visitor:
    return portal().people.sign_in(
        identifier=form.identifier.data,
        password=form.password.data or "",
        remote_address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        now=now(),
    )


def _enter(visitor: Visitor) -> Response:
    keep_target(request.args.get(TARGET))
    begin_session(visitor)
    kept = carried_form()
    if kept and kept.is_for(visitor.account.id) and not visitor.must_change_password:
        return make_response(render_template("resume.html", kept=kept))
    return redirect(landing(), HTTPStatus.SEE_OTHER)


def _page(form: SignInForm, *, kept: SubmittedForm | None = None, status: int | None = None) -> Response:
    page = render_template("sign_in.html", form=form, kept=kept)
    return make_response(page, status or form.status)
