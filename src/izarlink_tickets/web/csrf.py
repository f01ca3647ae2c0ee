"""Protection against forged forms, by the request's origin and by a token.

A request from another site gets a 400. With a missing or old token the page shows the form again with its text, and
`authentication.command_context` refuses to build a command. The token is checked when a view first asks: by then the
guard has let the visitor in.
"""

from urllib.parse import urlsplit

from flask import Flask, g, request
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import BadRequest
from wtforms import ValidationError

from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import settings

FIELD = "csrf_token"
# Sent by the page that restores a text after a new sign-in: the form is shown, not executed.
RESUMED = "reprise"
_OWN_SITES = ("same-origin", "none")

EXPIRED = _l(
    "Votre session avait expiré ou ce formulaire était trop ancien. Rien n’a été enregistré : vérifiez ce que vous "
    "avez saisi, joignez de nouveau vos fichiers s’il y en avait, puis envoyez."
)
# Also after the browser was closed; it then has a cookie for the next time.
NO_COOKIE = _l(
    "Votre navigateur n’a pas envoyé le cookie du portail, nécessaire pour se connecter. Autorisez "
    "les cookies de ce site, puis envoyez de nouveau."
)
IS_BACK = _l(
    "Voici votre texte ; il n’est pas encore envoyé. Vérifiez-le, joignez de nouveau vos fichiers s’il y en avait, "
    "puis envoyez."
)


class ForgedOrigin(BadRequest):
    """Another site sent the form."""


def register_csrf(app: Flask) -> None:
    # A token lives as long as the session; the default hour is too short for long texts.
    app.config.update(WTF_CSRF_FIELD_NAME=FIELD, WTF_CSRF_TIME_LIMIT=None, WTF_I18N_ENABLED=False)
    app.before_request(_check_origin)


def is_genuine() -> bool:
    """Check whether this session's own form was sent for execution."""
    return has_token() and not is_resumed()


def has_token() -> bool:
    """Check whether the form has this session's token; parse it if needed."""
    if "has_token" not in g:
        g.has_token = request.method == "POST" and _is_valid(request.form.get(FIELD))
    return bool(g.has_token)


def is_resumed() -> bool:
    """Check whether the form only comes back after a new sign-in."""
    return RESUMED in request.form


def objection() -> str:
    """Return why the form is not executed, and what to do."""
    if is_resumed():
        return IS_BACK
    return EXPIRED if request.cookies else NO_COOKIE


def _check_origin() -> None:
    if request.method == "POST" and not _is_same_origin():
        raise ForgedOrigin


def _is_valid(token: str | None) -> bool:
    try:
        validate_csrf(token)
    except ValidationError:
        return False
    return True


def _is_same_origin() -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in _OWN_SITES:
        return False
    if origin == "null":
        # Behind a proxy that sets « Referrer-Policy: no-referrer » browsers keep their own forms' origin secret.
        return site == "same-origin"
    # Behind a proxy that ends TLS the scheme may differ; the host must be ours.
    return origin is None or _host_of(origin) in {request.host, urlsplit(settings().base_url).netloc}


def _host_of(origin: str) -> str | None:
    """Return the origin's host and port; None if it is invalid."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
