"""« Mentions légales », « Données personnelles »: the operator's texts."""

from flask import Blueprint, make_response
from werkzeug.wrappers import Response

from izarlink_tickets.web.app_context import settings
from izarlink_tickets.web.guards import public
from izarlink_tickets.web.linkify import TextPart, linkify
from izarlink_tickets.web.templating import render

pages = Blueprint("legal", __name__)


@pages.get("/mentions-legales")
@public
def show_legal_notice() -> Response:
    return make_response(render("legal_notice.html", paragraphs=_paragraphs(settings().legal_notice)))


@pages.get("/donnees-personnelles")
@public
def show_privacy_notice() -> Response:
    return make_response(render("privacy_notice.html", paragraphs=_paragraphs(settings().privacy_notice)))


def _paragraphs(text: str | None) -> list[tuple[TextPart, ...]]:
    """Split a text at its blank lines."""
    paragraphs = (text or "").split("\n\n")
    return [linkify(paragraph.strip("\n")) for paragraph in paragraphs if paragraph.strip()]
