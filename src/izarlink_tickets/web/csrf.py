"""Tell the portal's own forms from those of others: by where the browser says a request comes from, and by a token.

A request from elsewhere is refused at once. A missing or old token is not: the page shows the same form again, the text
kept, and `context` (authentication) refuses to make a command of it in case a page forgets to look.
"""

from urllib.parse import urlsplit

from flask import Flask, abort, g, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError

from izarlink_tickets.i18n import lazy_gettext as _l
from izarlink_tickets.web.app_context import settings

FIELD = "csrf_token"
# Sent by the page that brings kept text back after a new sign-in: the form is to be shown, not carried out.
RESUMED = "reprise"
_OWN_SITES = ("same-origin", "none")

EXPIRED = _l(
    "Votre session avait expiré ou ce formulaire était trop ancien. Rien n’a été enregistré : vérifiez ce que vous "
    "avez saisi, joignez de nouveau vos fichiers s’il y en avait, puis envoyez."
)
# A browser that was closed meanwhile sends none either, but has one for the next time.
NO_COOKIE = _l(
    "Votre navigateur n’a pas envoyé le cookie du portail, nécessaire pour se connecter. Autorisez "
    "les cookies de ce site, puis envoyez de nouveau."
)
IS_BACK = _l(
    "Voici votre texte ; il n’est pas encore envoyé. Vérifiez-le, joignez de nouveau vos fichiers s’il y en avait, "
    "puis envoyez."
)


def register_csrf(app: Flask) -> None:
    # The default hour throws long texts away; a token lives as long as the session.
    app.config.update(WTF_CSRF_FIELD_NAME=FIELD, WTF_CSRF_TIME_LIMIT=None, WTF_I18N_ENABLED=False)
    app.before_request(_check)
    app.jinja_env.globals[FIELD] = generate_csrf


def is_genuine() -> bool:
    """Say whether the request was sent from a form of ours, in this session, to be carried out now."""
    return bool(g.get("is_genuine", False))


def is_resumed() -> bool:
    """Say whether the form only comes back after a new sign-in."""
    return RESUMED in request.form


def objection() -> str:
    """Say why a form of ours is not carried out, and what to do."""
    if is_resumed():
        return IS_BACK
    return EXPIRED if request.cookies else NO_COOKIE


def _check() -> None:
    if request.method != "POST":
        return
    if not _comes_from_here():
        abort(400)
    try:
        validate_csrf(request.form.get(FIELD))
    except ValidationError:
        return
    g.is_genuine = not is_resumed()


def _comes_from_here() -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in _OWN_SITES:
        return False
    # Behind a proxy that ends TLS the scheme may differ from ours; the host may not.
    return origin is None or _host_of(origin) in {request.host, urlsplit(settings().base_url).netloc}


def _host_of(origin: str) -> str | None:
    """Give the host and port of an origin; None for what is none, such as a bracket that is never closed."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None
