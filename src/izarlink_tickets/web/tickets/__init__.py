"""The customers' pages: tickets, their forms and files."""

from flask import Blueprint

from izarlink_tickets.web.tickets import (
    actions,
    downloads,
    entry_page,
    list_export,
    list_page,
    live_news,
    new_ticket,
    own_services,
    ticket_page,
)

pages = Blueprint("tickets", __name__, url_prefix="/tickets")
for part in (list_page, new_ticket, ticket_page, entry_page, actions, downloads, live_news, list_export):
    pages.register_blueprint(part.pages)
