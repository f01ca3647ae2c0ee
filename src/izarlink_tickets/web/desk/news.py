"""Changes in the queue since its page was loaded, for polling."""

from flask import Blueprint, Response, jsonify, request

from izarlink_tickets.application.list_choices import load_position
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.projections.queue_changes import count_moved
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.desk.queue_query import QueueQuery
from izarlink_tickets.web.desk.tabs import counted_filters, tabs_with
from izarlink_tickets.web.guards import unattended_staff
from izarlink_tickets.web.numbers import whole_number

pages = Blueprint("news", __name__)

# The parameter of the log position that the page was loaded at.
SEEN = "depuis"


@pages.get("/nouveautes")
@unattended_staff
def ask() -> Response:
    """Return the number of changed tickets and of each tab.

    304 where nothing has changed since.
    """
    person = viewer().actor
    query = QueueQuery.parse(request.args, person)
    with portal().database.query() as connection:
        last, saved_views = load_position(connection, person)
        if request.if_none_match.contains_weak(str(last)):
            answer = Response(status=304)
        else:
            filtered, seen = query.filter_for(person), whole_number(request.args.get(SEEN)) or 0
            counted = counted_filters(person, saved_views)
            moved, of_tabs = count_moved(connection, person, filtered=filtered, after=seen, last=last, counted=counted)
            tabs = tabs_with(of_tabs, person, query, saved_views)
            counts = {tab.url: tab.count_label for tab in tabs if tab.count_label is not None}
            answer = jsonify(news=news_label(moved), counts=counts)
    answer.set_etag(str(last), weak=True)
    return answer


def news_label(tickets: int) -> str:
    """Format the number of changed tickets; empty for none."""
    return ngettext("%(num)s nouveau", "%(num)s nouveaux", tickets) if tickets else ""
