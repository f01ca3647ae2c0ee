"""What came into the queue since it was shown: asked by the page itself, which moves no row before somebody says so."""

from flask import Blueprint, Response, jsonify, request

from izarlink_tickets.i18n import ngettext
from izarlink_tickets.projections.queue_changes import count_moved, last_position
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.desk.queue_query import parse_queue_query
from izarlink_tickets.web.desk.tabs import tab_views
from izarlink_tickets.web.guards import unattended_staff
from izarlink_tickets.web.numbers import whole_number
from izarlink_tickets.web.template_globals import number

pages = Blueprint("news", __name__)

# The last position of the log that the page has seen.
SEEN = "depuis"


@pages.get("/nouveautes")
@unattended_staff
def ask() -> Response:
    """Tell what is new and how many tickets each view holds; 304 where nothing has happened since the last answer."""
    person = viewer().person
    asked = parse_queue_query(request.args, person)
    with portal().database.query() as connection:
        last = last_position(connection)
        if request.if_none_match.contains_weak(str(last)):
            answer = Response(status=304)
        else:
            filtered, seen = asked.filter_for(person), whole_number(request.args.get(SEEN)) or 0
            moved = count_moved(connection, person, filtered=filtered, after=seen, last=last)
            tabs = tab_views(connection, person, asked)
            counts = {tab.address: number(tab.count) for tab in tabs if tab.count is not None}
            answer = jsonify(news=news_said(moved), counts=counts)
    answer.set_etag(str(last), weak=True)
    return answer


def news_said(tickets: int) -> str:
    """Say how many tickets moved; empty for none."""
    return ngettext("%(num)s nouveau", "%(num)s nouveaux", tickets) if tickets else ""
