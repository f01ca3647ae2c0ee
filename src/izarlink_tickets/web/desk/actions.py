"""What support does to a ticket: each form has its address, gives its command, and the ticket is shown again."""

from http import HTTPStatus

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from izarlink_tickets.web import authentication
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.desk.form_base import DeskForm
from izarlink_tickets.web.desk.forms import FORMS
from izarlink_tickets.web.desk.ticket import page_of
from izarlink_tickets.web.forms import confirm
from izarlink_tickets.web.guards import staff

pages = Blueprint("actions", __name__, url_prefix="/tickets/<ticket:number>")


def carry_out(number: int, form: DeskForm) -> Response:
    """Give the form's command and show the ticket again; what is refused comes back where it was typed.

    Raises: TicketNotFound.
    """
    if form.validate():
        with form.refusals_shown():
            context = authentication.command_context(form.command_id.data or "", seen_version=form.seen_version)
            answer = form.execute(portal().tickets, context, number)
            confirm(form, form.announcement)
            # To what the command left on the timeline.
            address = url_for("desk.ticket.show", number=answer.number, _anchor=f"e{answer.entry}")
            return redirect(address, HTTPStatus.SEE_OTHER)
    return page_of(number, returned=form)


def _register(form_class: type[DeskForm]) -> None:
    @staff
    def view(number: int) -> Response:
        return carry_out(number, form_class.sent(number))

    pages.add_url_rule(f"/{form_class.slug}", form_class.slug, view, methods=["POST"])


for _form_class in FORMS:
    _register(_form_class)
