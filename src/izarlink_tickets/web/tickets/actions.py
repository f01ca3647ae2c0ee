"""The commands of a customer's ticket page: one address per form.

A refused form comes back on the ticket's page.
"""

from flask import Blueprint
from werkzeug.wrappers import Response

from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import run_form
from izarlink_tickets.web.guards import customer
from izarlink_tickets.web.request_limits import takes_files
from izarlink_tickets.web.tickets.ticket_forms import FORMS, CustomerForm
from izarlink_tickets.web.tickets.ticket_page import page_of

pages = Blueprint("actions", __name__, url_prefix="/<ticket:number>")


def _register(endpoint: str, form_class: type[CustomerForm]) -> None:
    @customer
    def view(number: int) -> Response:
        # Strangers get the 404 of a missing ticket, whatever they sent: from the command, or from the page.
        form = form_class()
        return run_form(form, number, location=form.location, page=lambda: page_of(number, refused=form))

    if issubclass(form_class, FormWithFiles):
        takes_files(view)
    pages.add_url_rule(f"/{form_class.path}", endpoint, view, methods=["POST"])


for _endpoint, _form_class in FORMS.items():
    _register(_endpoint, _form_class)
