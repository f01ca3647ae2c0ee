"""« Bureau »: where support sees what is to be done, and does it. Customers and auditors get nothing from here."""

from flask import Blueprint

from izarlink_tickets.web.desk import actions, queue, ticket

pages = Blueprint("desk", __name__, url_prefix="/bureau")
pages.register_blueprint(queue.pages)
pages.register_blueprint(ticket.pages)
pages.register_blueprint(actions.pages)
