"""The home of each role, « Aide » and « Accessibilité »."""

from collections.abc import Sequence
from itertools import groupby

from flask import Blueprint, make_response, redirect
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.directory import CategoryRecord, active_categories
from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor, TicketType
from izarlink_tickets.web.app_context import portal, settings
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import public, signed_in
from izarlink_tickets.web.templating import KINDS, render

pages = Blueprint("home", __name__)


@pages.get("/")
@signed_in
def show() -> Response:
    """Redirect to the role's home.

    Source: guide §3, "vous avez accès directement à un formulaire de saisie de demande".
    """
    return redirect(_home_of(viewer().actor))


@pages.get("/aide")
@public
def show_help() -> Response:
    with portal().database.query() as connection:
        categories = active_categories(connection)
    return make_response(
        render(
            "help.html",
            reopen_days=settings().reopen_days,
            remind_days=settings().remind_solution_days,
            question_days=settings().remind_information_days,
            close_days=settings().auto_close_days,
            max_bytes=settings().attachment_max_bytes,
            kinds=KINDS,
            incidents=_listed(categories, TicketType.INCIDENT),
            requests=_listed(categories, TicketType.REQUEST),
        )
    )


def _listed(categories: Sequence[CategoryRecord], ticket_type: TicketType) -> str:
    """Join the categories of a type.

    « Technique, Administrative (Facturation, Information) ».
    """
    of_type = (category for category in categories if category.ticket_type == ticket_type)
    parts = []
    for group, members in groupby(
        of_type, key=lambda category: wording.group_label(category.code, category.group_label)
    ):
        labels = ", ".join(wording.leaf_label(category.code, category.label) for category in members)
        parts.append(f"{group} ({labels})" if group else labels)
    return ", ".join(parts)


@pages.get("/accessibilite")
@public
def show_accessibility() -> Response:
    return make_response(render("accessibility.html"))


def _home_of(person: Actor) -> str:
    if access.is_staff(person):
        return "/bureau"
    return "/audit" if access.audits(person) else "/tickets/nouveau"
