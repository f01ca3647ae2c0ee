"""The visitor's session, and the check of each route's guard.

The cookie holds the id of a session in the database, where logout ends it. Never use `remember=True`: its cookie
can't be revoked.
"""

from typing import Any, cast
from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, redirect, request, session
from flask_login import LoginManager, current_user, login_user
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from izarlink_tickets import security_log
from izarlink_tickets.accounts import Account
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.vocabulary import Channel, CommandContext
from izarlink_tickets.i18n import set_language
from izarlink_tickets.security_log import Reason
from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import MAX_TARGET_LENGTH, local_target
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.guards import Guard, guard_of
from izarlink_tickets.web.known_browsers import remember_browser

SIGN_IN = "/connexion"
FORCED_CHANGE = "/bienvenue/mot-de-passe"
SECOND_STEP = "/connexion/double-authentification"
ENROLMENT = "/profil/double-authentification"
TARGET = "next"
_STORED_TARGET = "target"
# Flask-Login keeps here what `get_id` returned.
SESSION_ID = "_user_id"
# Before the request has asked for its visitor.
_UNKNOWN: Any = object()


class SignedInUser:
    """The Flask-Login user, identified by the session instead of the account."""

    is_authenticated = True
    is_anonymous = False

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor

    @property
    def is_active(self) -> bool:
        return self.visitor.account.active

    def get_id(self) -> str:
        return self.visitor.session_id


def register_authentication(app: Flask) -> None:
    manager = LoginManager()
    # Flask-Login's own protection binds sessions to IP address and browser; ours end in the database.
    manager.session_protection = None  # type: ignore[assignment] # its own documentation says so
    manager.user_loader(_load)
    # `current_user` in every template would query the database on the page that reports it down.
    manager.init_app(app, add_context_processor=False)
    app.before_request(enforce)


def require_guards(app: Flask) -> None:
    """Check that every route has a guard. Raises: RuntimeError."""
    unguarded = [name for name, view in app.view_functions.items() if guard_of(view) is None]
    if unguarded:
        raise RuntimeError(f"routes without a guard: {', '.join(unguarded)}")


# --- the visitor ----------------------------------------------------------------------------------------------------


def signed_in_visitor() -> Visitor | None:
    """Return the visitor with their session; None where nobody is signed in."""
    found: Visitor | None = g.get("visitor", _UNKNOWN)
    if found is _UNKNOWN:
        # The object behind `current_user`, which Flask-Login loads.
        user = current_user._get_current_object()  # noqa: SLF001 - werkzeug documents this method
        found = g.visitor = user.visitor if isinstance(user, SignedInUser) else None
    return found


def is_signed_in() -> bool:
    return signed_in_visitor() is not None


def is_unfinished() -> bool:
    """Whether the request comes from a sign-in that awaits its second factor."""
    return not is_signed_in() and bool(g.get("is_unfinished"))


def visitor() -> Visitor:
    """Return the visitor of a guarded page."""
    return cast("Visitor", signed_in_visitor())


def viewer() -> Account:
    """Return the account of a guarded page's visitor."""
    return visitor().account


def command_context(command_id: str, *, seen_version: int | None = None) -> CommandContext:
    """Build the context of a form's command.

    Every command of a page comes from here, so that none is executed on a forged request: 400.
    """
    if not csrf.is_genuine():
        abort(400)
    return CommandContext(viewer().actor, now(), Channel.WEB, command_id, seen_version)


def _load(session_id: str) -> SignedInUser | None:
    guard, sign_ins = _guard(), portal().sign_ins
    find = sign_ins.background_visitor if guard and guard.is_unattended else sign_ins.visitor
    visitor = find(session_id, now=now())
    if visitor is None:
        return None
    if visitor.session.awaits and not (guard and guard.is_open_to_unfinished):
        g.is_unfinished = True
        return None
    set_language(visitor.account.locale)
    return SignedInUser(visitor)


# --- signing in and out -----------------------------------------------------------------------------------------------


def begin_session(visitor: Visitor) -> None:
    """Begin a new session, which takes over the stored target only."""
    target = session.get(_STORED_TARGET)
    end_session()
    if target:
        session[_STORED_TARGET] = target
    _continue_as(visitor)


def renew_session(visitor: Visitor) -> None:
    """Continue under a new id.

    The cookie's content and its CSRF token stay. Forms in other tabs go on, as it is the same person.
    """
    _continue_as(visitor)


def presented_session() -> str | None:
    """Return the session id of the cookie, live or not."""
    return session.get(SESSION_ID)


def _continue_as(visitor: Visitor) -> None:
    login_user(SignedInUser(visitor))
    remember_browser(visitor.account)
    g.visitor = visitor
    g.pop("page", None)
    set_language(visitor.account.locale)


def end_session() -> None:
    """Delete the cookie's content, and with it the CSRF token."""
    session.clear()
    # Flask-WTF keeps the token of the request here.
    g.pop(csrf.FIELD, None)


def keep_target(target: str | None) -> None:
    """Store the requested page in the signed cookie."""
    if local := local_target(target):
        session[_STORED_TARGET] = local


def next_stop() -> str:
    """Return the next page: a sign-in's step, the stored target, or home."""
    if visitor().session.awaits:
        return SECOND_STEP
    if visitor().must_change_password:
        return FORCED_CHANGE
    return local_target(session.get(_STORED_TARGET)) or "/"


def landing() -> str:
    """Return the next page; delete the stored target once reached."""
    stop = next_stop()
    if stop not in {SECOND_STEP, FORCED_CHANGE}:
        session.pop(_STORED_TARGET, None)
    return stop


# --- the guards -------------------------------------------------------------------------------------------------------


def enforce() -> Response | None:
    """Check the route's guard; return a response if it refuses."""
    guard = _guard()
    if guard is None:
        # No such route; routing answers.
        return None
    if guard.allows is None:
        if not guard.is_unattended:
            # Load the visitor first: their language applies to errors, too.
            is_signed_in()
        return None
    if not is_signed_in():
        return _require_sign_in()
    if visitor().must_change_password and not guard.is_open_to_newcomers:
        keep_target(requested_path())
        return redirect(FORCED_CHANGE)
    if not guard.allows(viewer().actor):
        abort(403)
    return None


def _guard() -> Guard | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return guard_of(view) if view else None


def _require_sign_in() -> Response:
    security_log.record(_reason_of_missing_session())
    if request.method in {"GET", "HEAD"}:
        return redirect(f"{SIGN_IN}?{target_query()}".removesuffix("?"))
    # The sign-in page keeps the typed text.
    raise Unauthorized


def _reason_of_missing_session() -> Reason:
    if session:
        return Reason.SESSION_ENDED if SESSION_ID in session else Reason.SIGN_IN_REQUIRED
    # An unreadable cookie makes an empty session.
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    return Reason.FORGED_COOKIE if has_cookie else Reason.SIGN_IN_REQUIRED


def target_query() -> str:
    """Return the query that leads back here, unless too long."""
    path = requested_path()
    query = urlencode({TARGET: path}, safe="/") if path != "/" and local_target(path) else ""
    return query if len(query) <= MAX_TARGET_LENGTH else ""


def requested_path() -> str:
    """Return the path and query of this request."""
    return request.full_path.removesuffix("?")
