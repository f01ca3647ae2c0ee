"""« Raccourcis clavier »: the desk's keys, as page and dialog."""

from flask import Blueprint

from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.templating import render

pages = Blueprint("keyboard", __name__)


@pages.get("/raccourcis")
@staff
def show() -> str:
    return render("desk/shortcuts.html")
