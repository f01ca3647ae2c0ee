"""Commands on several tickets of the queue at once."""

from flask import Blueprint, request
from werkzeug.wrappers import Response

from izarlink_tickets.web import authentication
from izarlink_tickets.web.desk.queue import page_of
from izarlink_tickets.web.desk.queue_form import QueueForm
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.ticket_page_data import staff_people
from izarlink_tickets.web.forms import run_form
from izarlink_tickets.web.guards import staff

pages = Blueprint("several", __name__)


@pages.post("/plusieurs")
@staff
def carry_out() -> Response:
    query = QueueQuery.parse(request.args, authentication.viewer().actor)
    form = QueueForm().set_choices(staff_people())
    return run_form(form, None, location=lambda _result: query.url(), page=lambda: page_of(query, form, form.results))
