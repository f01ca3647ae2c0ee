"""« Se connecter avec le compte IzarLink », by the OpenID provider."""

from http import HTTPStatus

from flask import Blueprint, abort, flash, redirect, request, session
from werkzeug.wrappers import Response

from izarlink_tickets.application.single_sign_on import SingleSignOn
from izarlink_tickets.config import OIDC_REDIRECT_PATH
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.identity_provider import PendingSignOn
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import (
    TARGET,
    begin_session,
    is_signed_in,
    keep_target,
    landing,
    presented_session,
    renew_session,
    visitor,
)
from izarlink_tickets.web.csrf import is_genuine, objection
from izarlink_tickets.web.guards import public, signed_in
from izarlink_tickets.web.identity import PROVIDER_PROOF
from izarlink_tickets.web.proof import ProofNeeded
from izarlink_tickets.web.resubmission import carried_form
from izarlink_tickets.web.second_factor import lead_on
from izarlink_tickets.web.sign_in import PROVIDER_PATH, SignInForm, leave_for, sign_in_page

pages = Blueprint("single_sign_on", __name__)
_PENDING = "sign_on"
# A link may bring a parameter several times; the first counts, and what is longer than any answer is none.
_MAX_VALUE = 5_000


def pending_sign_on() -> PendingSignOn | None:
    """Take the sign-on that waits in this browser; it serves once."""
    return PendingSignOn.load(session.pop(_PENDING, None))


@pages.post(PROVIDER_PATH)
@public
def start() -> Response:
    """Lead to the provider."""
    single_sign_on = _single_sign_on()
    if is_signed_in():
        # In another tab, meanwhile: the typed text of this one goes on.
        keep_target(request.args.get(TARGET))
        return lead_on()
    form = SignInForm(formdata=None)
    if not is_genuine():
        form.fail(objection(), status=HTTPStatus.BAD_REQUEST)
        return sign_in_page(form, submitted=carried_form())
    with form.catch_refusals():
        keep_target(request.args.get(TARGET))
        url, pending = single_sign_on.begin(now=now())
        session[_PENDING] = pending.store()
        return leave_for(url, title=_("Connexion avec le compte IzarLink"))
    return sign_in_page(form, submitted=carried_form())


@pages.get(OIDC_REDIRECT_PATH)
@public
def end() -> Response:
    """Take the provider's answer."""
    single_sign_on, pending, form = _single_sign_on(), pending_sign_on(), SignInForm(formdata=None)
    if pending and pending.renews and is_signed_in():
        return _end_proof(pending)
    with form.catch_refusals():
        begun = single_sign_on.sign_in(
            pending,
            _answer(),
            remote_address=request.remote_addr or "",
            user_agent=request.user_agent.string,
            replaces=presented_session(),
            now=now(),
        )
        begin_session(begun)
        return redirect(landing(), HTTPStatus.SEE_OTHER)
    return sign_in_page(form)


@pages.post(PROVIDER_PROOF)
@signed_in
def start_proof() -> Response:
    """Lead to the provider, who asks the person again."""
    single_sign_on = _single_sign_on()
    if not is_genuine():
        raise ProofNeeded
    keep_target(request.args.get(TARGET))
    try:
        url, pending = single_sign_on.begin(now=now(), renews=True)
    except Refusal as refusal:
        raise ProofNeeded(refusal) from None
    session[_PENDING] = pending.store()
    return leave_for(url, title=_("Connexion avec le compte IzarLink"))


def _end_proof(pending: PendingSignOn) -> Response:
    """Take the provider's answer as a proof of identity. Raises: ProofNeeded."""
    try:
        renew_session(_single_sign_on().prove_identity(visitor(), pending, _answer(), now=now()))
    except Refusal as refusal:
        raise ProofNeeded(refusal) from None
    flash(_("Votre identité est confirmée. Si vous aviez commencé dans un autre onglet, continuez-y."))
    return redirect(landing(), HTTPStatus.SEE_OTHER)


def _single_sign_on() -> SingleSignOn:
    """Return the single sign-on; without one its pages don't exist."""
    return portal().single_sign_on or abort(404)


def _answer() -> dict[str, str]:
    return {name: value for name, value in request.args.items() if len(value) <= _MAX_VALUE}
