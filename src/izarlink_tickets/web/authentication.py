"""Know who is looking, and hold each route to its guard before the page runs.

The cookie carries the id of a session of the table; it is dead there from the moment of logout (D9). Never
`remember=True`: that cookie can't be revoked.
"""

from typing import cast
from urllib.parse import urlencode

from flask import Flask, abort, current_app, g, redirect, request, session
from flask_login import LoginManager, current_user, login_user
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Response

from izarlink_tickets.accounts import Account
from izarlink_tickets.application.sign_ins import Visitor
from izarlink_tickets.domain.vocabulary import Channel, CommandContext
from izarlink_tickets.i18n import speak
from izarlink_tickets.web import csrf
from izarlink_tickets.web.addresses import local_target
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.guards import Guard, guard_of

SIGN_IN = "/connexion"
FORCED_CHANGE = "/bienvenue/mot-de-passe"
TARGET = "next"
_KEPT_TARGET = "target"


class SignedInUser:
    """Who is signed in, as Flask-Login wants it: known by the session, never by the account."""

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
    # It would bind sessions to IP address and browser; ours live in a table and end there.
    manager.session_protection = None  # type: ignore[assignment] # its own documentation says so
    manager.user_loader(_load)
    # Its `current_user` in every template would ask the database on the page that says it is away.
    manager.init_app(app, add_context_processor=False)
    app.before_request(enforce)


def require_guards(app: Flask) -> None:
    """Stop the start when a route does not say who may use it."""
    bare = [name for name, view in app.view_functions.items() if guard_of(view) is None]
    if bare:
        raise RuntimeError(f"routes without a guard: {', '.join(bare)}")


# --- who ------------------------------------------------------------------------------------------------------------


def is_signed_in() -> bool:
    return isinstance(_current(), SignedInUser)


def visitor() -> Visitor:
    """Give who looks at a guarded page, and by which session."""
    return cast("SignedInUser", _current()).visitor


def viewer() -> Account:
    """Give the account that looks at a guarded page."""
    return visitor().account


def command_context(command_id: str, *, seen_version: int | None = None) -> CommandContext:
    """Make the command that a form stands for the viewer's act.

    Every command goes through here, so that none is carried out on a request that only looks like our form.
    """
    if not csrf.is_genuine():
        abort(400)
    return CommandContext(viewer().person, now(), Channel.WEB, command_id, seen_version)


def _current() -> object:
    # What `current_user` stands for; loaded once a request.
    return current_user._get_current_object()  # noqa: SLF001 - werkzeug's public method, whatever its name


def _load(session_id: str) -> SignedInUser | None:
    guard, sign_ins = _guard(), portal().sign_ins
    find = sign_ins.background_visitor if guard and guard.is_unattended else sign_ins.visitor
    visitor = find(session_id, now=now())
    if visitor is None:
        return None
    speak(visitor.account.locale)
    return SignedInUser(visitor)


# --- coming and going -------------------------------------------------------------------------------------------------


def begin_session(visitor: Visitor) -> None:
    """Go on in a new session; nothing of the one before is taken over but where to go."""
    target = session.get(_KEPT_TARGET)
    end_session()
    if target:
        session[_KEPT_TARGET] = target
    login_user(SignedInUser(visitor))
    speak(visitor.account.locale)


def end_session() -> None:
    """Forget all that the cookie says; the token of its forms ends with it."""
    session.clear()
    g.pop(csrf.FIELD, None)


def keep_target(target: str | None) -> None:
    """Remember, in the signed cookie, where the person wanted to go before being asked something else (R23)."""
    if local := local_target(target):
        session[_KEPT_TARGET] = local


def next_stop() -> str:
    """Say where the person goes on from here: to the forced change, to where they wanted to go, or home."""
    if viewer().must_change_password:
        return FORCED_CHANGE
    return local_target(session.get(_KEPT_TARGET)) or "/"


def landing() -> str:
    """Give the next stop, and forget where the person wanted to go if this is it."""
    stop = next_stop()
    if stop != FORCED_CHANGE:
        session.pop(_KEPT_TARGET, None)
    return stop


# --- the gate ---------------------------------------------------------------------------------------------------------


def enforce() -> Response | None:
    """Let the request through to its page, or answer in its stead."""
    guard = _guard()
    if guard is None:
        # Nothing there: no such page, or the wrong method, as routing will say.
        return None
    if guard.allows is None:
        if not guard.is_unattended:
            # Who is known is spoken to in their language from the first error on, not from the first word of the page.
            is_signed_in()
        return None
    if not is_signed_in():
        return _ask_to_sign_in()
    if viewer().must_change_password and not guard.is_open_to_newcomers:
        keep_target(wanted())
        return redirect(FORCED_CHANGE)
    if not guard.allows(viewer().person):
        abort(403)
    return None


def _guard() -> Guard | None:
    view = current_app.view_functions.get(request.endpoint or "")
    return guard_of(view) if view else None


def _ask_to_sign_in() -> Response:
    if request.method in {"GET", "HEAD"}:
        query = urlencode({TARGET: wanted()}, safe="/") if wanted() != "/" else ""
        return redirect(f"{SIGN_IN}?{query}".removesuffix("?"))
    # Its page keeps what was typed.
    raise Unauthorized


def wanted() -> str:
    """Give the path and query of this request, to come back to it."""
    return request.full_path.removesuffix("?")
