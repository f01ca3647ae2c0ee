"""« Bureau »: the pages of support."""

from flask import Blueprint

from izarlink_tickets.web.desk import (
    actions,
    canned_responses,
    keyboard,
    mails,
    news,
    presence,
    queue,
    saved_views,
    ticket,
)

pages = Blueprint("desk", __name__, url_prefix="/bureau")
for _part in (queue, news, saved_views, ticket, actions, mails, presence, canned_responses, keyboard):
    pages.register_blueprint(_part.pages)
pages.register_blueprint(queue.bulk_pages)
