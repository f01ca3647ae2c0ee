"""« Bureau »: where support sees what is to be done, and does it. Customers and auditors get nothing from here."""

from flask import Blueprint

from izarlink_tickets.web.desk import (
    actions,
    keyboard,
    mail_notice,
    mails,
    news,
    own_views,
    presence,
    queue,
    several,
    texts,
    ticket,
)

pages = Blueprint("desk", __name__, url_prefix="/bureau")
for _part in (queue, news, own_views, several, ticket, actions, mails, presence, texts, keyboard):
    pages.register_blueprint(_part.pages)
pages.context_processor(keyboard.shortcuts)
pages.context_processor(mail_notice.mail_notice)
