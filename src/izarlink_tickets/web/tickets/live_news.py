"""New entries of a ticket while its page is open, for polling."""

from flask import Blueprint, Response, jsonify, request

from izarlink_tickets.i18n import ngettext
from izarlink_tickets.projections.history_queries import others_entries
from izarlink_tickets.projections.ticket_queries import existing_ticket
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import unattended_customer
from izarlink_tickets.web.numbers import whole_number

pages = Blueprint("live_news", __name__)

# The parameter of the version that the page has.
SEEN = "depuis"


@pages.get("/<ticket:number>/nouveautes")
@unattended_customer
def ask(number: int) -> Response:
    """Return the number of others' new messages, and the first one.

    304 where nothing has changed since the last answer. It is no visit: the entries stay unread.
    """
    person, seen = viewer().actor, whole_number(request.args.get(SEEN)) or 0
    with portal().database.query() as connection:
        version = existing_ticket(connection, person, number=number).news_version
        if request.if_none_match.contains_weak(str(version)):
            answer = Response(status=304)
        else:
            entries = others_entries(connection, person, number=number, after=seen)
            answer = jsonify(news=news_label(len(entries)), first=entries[0] if entries else None)
    answer.set_etag(str(version), weak=True)
    return answer


def news_label(entries: int) -> str:
    """Format the number of new messages; empty for none."""
    return ngettext("%(num)s nouveau message", "%(num)s nouveaux messages", entries) if entries else ""
