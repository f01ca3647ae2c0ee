"""The home of each role, « Aide » and « Accessibilité »."""

from flask import Blueprint, make_response, redirect, render_template
from werkzeug.wrappers import Response

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.web.app_context import settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import public, signed_in

pages = Blueprint("home", __name__)


@pages.get("/")
@signed_in
def show() -> Response:
    """Redirect to the role's home.

    Source: guide §3, "vous avez accès directement à un formulaire de saisie de demande".
    """
    return redirect(_home_of(viewer().person))


@pages.get("/aide")
@public
def show_help() -> Response:
    return make_response(
        render_template("help.html", reopen_days=settings().reopen_days, max_bytes=settings().attachment_max_bytes)
    )


@pages.get("/accessibilite")
@public
def show_accessibility() -> Response:
    return make_response(render_template("accessibility.html"))


def _home_of(person: Actor) -> str:
    if access.is_staff(person):
        return "/bureau"
    return "/audit" if access.audits(person) else "/tickets/nouveau"
