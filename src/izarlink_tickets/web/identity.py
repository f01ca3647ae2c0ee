"""« Confirmez votre identité », the page for a new proof.

A page that wants one leads here and back. A form is answered with the same page, which holds what was typed and sends
it with the proof: nothing is stored for it.
"""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, request
from werkzeug.wrappers import Response

from izarlink_tickets import security_log
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.security_log import Reason
from izarlink_tickets.sessions import SignInWay
from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import local_target
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import TARGET, target_query, viewer, visitor
from izarlink_tickets.web.fields import LineField, SecretField
from izarlink_tickets.web.forms import Form, form_page
from izarlink_tickets.web.guards import guard_of, signed_in
from izarlink_tickets.web.passkey_form import PasskeyForm
from izarlink_tickets.web.proof import ProofNeeded, is_fresh, is_sent, require_proof
from izarlink_tickets.web.resubmission import PROOF_PREFIX, SubmittedForm, sent_form

pages = Blueprint("identity", __name__)
IDENTITY = "/profil/identite"
PROVIDER_PROOF = f"{IDENTITY}/izarlink"


class IdentityForm(Form):
    """The proof; its fields have names of their own beside the form's."""

    password = SecretField(_l("Mot de passe"))
    code = LineField(_l("Code"))

    def __init__(self) -> None:
        super().__init__(prefix=PROOF_PREFIX)

    def add_refusal(self, refusal: Refusal) -> None:
        """Show the refusal at the field it is about."""
        if isinstance(refusal, WrongCredentials):
            self.fail(_("Ce n’est pas votre mot de passe."), field="password")
        else:
            super().add_refusal(refusal)


@pages.before_app_request
def require_fresh() -> Response | None:
    """Ask for a proof where the route's guard wants one."""
    view = current_app.view_functions.get(request.endpoint or "")
    guard = guard_of(view) if view else None
    if guard is None or not guard.is_fresh:
        return None
    if request.method in {"GET", "HEAD"} and not is_fresh():
        return redirect(f"{IDENTITY}?{target_query()}".removesuffix("?"))
    require_proof()
    return None


@pages.get(IDENTITY)
@signed_in
def show() -> Response:
    if is_fresh():
        return redirect(_next_stop())
    return _page(IdentityForm(), submitted=None)


@pages.post(IDENTITY)
@signed_in
def prove() -> Response:
    """Check the proof, and lead on."""
    form = IdentityForm()
    if form.validate():
        require_proof()
        return redirect(_next_stop(), HTTPStatus.SEE_OTHER)
    return _page(form, submitted=None)


@pages.app_errorhandler(ProofNeeded)
def ask(needed: ProofNeeded) -> Response:
    """Ask for the proof, with the form that wants it."""
    form = IdentityForm()
    form.status = HTTPStatus.UNAUTHORIZED
    if needed.refusal:
        form.add_refusal(needed.refusal)
    else:
        security_log.record(Reason.PROOF_NEEDED, account_id=viewer().id)
    if is_sent() and not csrf.is_genuine():
        form.fail(csrf.objection(), status=HTTPStatus.BAD_REQUEST)
    return _page(form, submitted=None if request.path == IDENTITY else sent_form())


def _page(form: IdentityForm, *, submitted: SubmittedForm | None) -> Response:
    """Ask for the password, the provider or a second factor."""
    question, passkey = portal().second_steps.options(visitor(), now=now()), None
    if question:
        passkey = PasskeyForm(formdata=None, prefix=PROOF_PREFIX)
        passkey.ask(*question)
    is_by_provider = visitor().session.way is SignInWay.SINGLE_SIGN_ON
    return form_page(
        "identity.html",
        form,
        submitted=submitted,
        provider_path=f"{PROVIDER_PROOF}?{urlencode({TARGET: _next_stop()})}" if is_by_provider else None,
        passkey=passkey,
        has_code=portal().second_factors.has_any(viewer()),
    )


def _next_stop() -> str:
    return local_target(request.args.get(TARGET)) or "/"
