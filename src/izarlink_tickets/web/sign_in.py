"""« Connexion » and « Se déconnecter »."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, make_response, redirect, request
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import InitialPasswordExpired, fold_email
from izarlink_tickets.application.sign_ins import WrongCredentials
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.errors import Refusal
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import security_events
from izarlink_tickets.web.addresses import local_target
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import (
    SECOND_STEP,
    TARGET,
    begin_session,
    end_session,
    is_signed_in,
    is_unfinished,
    keep_target,
    landing,
    presented_session,
    viewer,
    visitor,
)
from izarlink_tickets.web.csrf import is_genuine
from izarlink_tickets.web.fields import IdentifierField, SecretField
from izarlink_tickets.web.forms import Form
from izarlink_tickets.web.guards import newcomer, public
from izarlink_tickets.web.known_browsers import known_browsers
from izarlink_tickets.web.resubmission import SubmittedForm, carried_form, submitted_form
from izarlink_tickets.web.second_factor import lead_on
from izarlink_tickets.web.templating import render

pages = Blueprint("sign_in", __name__)
PROVIDER_PATH = "/connexion/izarlink"


class SignInForm(Form):
    identifier = IdentifierField(_l("Identifiant"))
    password = SecretField(_l("Mot de passe"))
    # The right initial password was typed too late: the page offers another way in.
    is_expired = False

    def require_both(self) -> None:
        """Refuse an empty field, which is no attempt. Raises: WrongCredentials."""
        if not (self.identifier.data and self.password.data):
            raise WrongCredentials

    def add_refusal(self, refusal: Refusal) -> None:
        """Show the refusal."""
        super().add_refusal(refusal)
        self.is_expired = isinstance(refusal, InitialPasswordExpired)


@pages.get("/connexion")
@public
def show() -> Response:
    if is_signed_in():
        keep_target(request.args.get(TARGET))
        return redirect(landing())
    if is_unfinished():
        keep_target(request.args.get(TARGET))
        return redirect(SECOND_STEP)
    return sign_in_page(SignInForm())


@pages.post("/connexion")
@public
def sign_in() -> Response:
    form = SignInForm()
    if is_signed_in() and not is_genuine():
        return _second_tab(form)
    if form.validate():
        with form.catch_refusals():
            form.require_both()
            begun = _authenticate(form)
            keep_target(request.args.get(TARGET))
            begin_session(begun)
            return lead_on()
    return sign_in_page(form, submitted=carried_form())


@pages.post("/deconnexion")
@newcomer
def sign_out() -> Response:
    if not is_genuine():
        flash(_("La déconnexion n’a pas abouti : recommencez."))
        return redirect("/", HTTPStatus.SEE_OTHER)
    single_sign_on = portal().single_sign_on
    url = single_sign_on.sign_out_url(visitor()) if single_sign_on else None
    portal().sign_ins.sign_out(visitor().session_id)
    security_events.record(Reason.SIGNED_OUT)
    end_session()
    flash(_("Votre session est fermée."))
    response = (
        leave_for(url, title=_("Déconnexion du compte IzarLink"))
        if url
        else redirect("/connexion", HTTPStatus.SEE_OTHER)
    )
    # The browser deletes the drafts. It has no copies of pages, which are « no-store »; emptying its cache of scripts
    # and styles would take seconds where the cache is full.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def leave_for(url: str, *, title: str) -> Response:
    """Build a page that leads on to the provider by itself.

    Under our policy the answer to a form may not redirect to another site.
    """
    response = make_response(render("leaving.html", url=url, title=title))
    response.headers["Refresh"] = f"0; url={url}"
    return response


@pages.app_errorhandler(Unauthorized)
def ask_again(_: Unauthorized) -> Response:
    """Render the sign-in, with the text sent after the session ended."""
    return sign_in_page(SignInForm(formdata=None), submitted=submitted_form(), status=HTTPStatus.UNAUTHORIZED)


def _authenticate(form: SignInForm) -> Visitor:
    return portal().sign_ins.sign_in(
        identifier=form.identifier.data,
        password=form.password.data or "",
        remote_address=request.remote_addr or "",
        user_agent=request.user_agent.string,
        now=now(),
        replaces=presented_session(),
        known_browsers=known_browsers(),
    )


def _second_tab(form: SignInForm) -> Response:
    """Lead on somebody who has signed in in another tab meanwhile."""
    if fold_email(form.identifier.data) == fold_email(viewer().email):
        keep_target(request.args.get(TARGET))
        return lead_on()
    form.fail(
        _(
            "Vous êtes déjà connecté avec %(email)s. Pour changer de compte, saisissez le mot de passe de l’autre.",
            email=viewer().email,
        ),
        status=HTTPStatus.CONFLICT,
    )
    return sign_in_page(form, submitted=carried_form())


def sign_in_page(form: SignInForm, *, submitted: SubmittedForm | None = None, status: int | None = None) -> Response:
    """Render the sign-in.

    submitted: a form that the sign-in carries. status: by default the form's.
    """
    page = render(
        "sign_in.html",
        form=form,
        submitted=submitted,
        provider_path=_provider_path(),
        has_passkeys=portal().second_steps.has_passkeys,
    )
    return make_response(page, status or form.status)


def _provider_path() -> str | None:
    """Return the path of the way to the provider; None without one."""
    if portal().single_sign_on is None:
        return None
    target = local_target(request.args.get(TARGET))
    return f"{PROVIDER_PATH}?{urlencode({TARGET: target})}" if target else PROVIDER_PATH
