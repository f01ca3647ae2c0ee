"""The commands of the desk's ticket page: one address per form."""

from flask import Blueprint, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.application import CommandResult
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS
from izarlink_tickets.web.desk.ticket import page_of
from izarlink_tickets.web.form_files import FormWithFiles
from izarlink_tickets.web.forms import run_form
from izarlink_tickets.web.guards import staff
from izarlink_tickets.web.request_limits import takes_files

pages = Blueprint("actions", __name__, url_prefix="/tickets/<ticket:number>")


def _register(form_class: type[DeskForm]) -> None:
    @staff
    def view(number: int) -> Response:
        form = form_class.from_request(number)
        return run_form(form, number, location=_entry_address, page=lambda: page_of(number, returned=form))

    if issubclass(form_class, FormWithFiles):
        takes_files(view)
    pages.add_url_rule(f"/{form_class.slug}", form_class.slug, view, methods=["POST"])


def _entry_address(result: CommandResult) -> str:
    """Return the address of the timeline entry that the command left."""
    return url_for("desk.ticket.show", number=result.number, _anchor=f"e{result.entry}")


for _form_class in FORMS:
    _register(_form_class)
