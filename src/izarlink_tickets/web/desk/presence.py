"""The colleagues on a ticket and its new entries, for polling."""

import structlog
from flask import Blueprint, Response, abort, jsonify, request

from izarlink_tickets.application.presence import colleagues_on
from izarlink_tickets.database import DatabaseBusy, StorageFull
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.i18n import ngettext
from izarlink_tickets.projections.history_queries import count_entries
from izarlink_tickets.projections.ticket_queries import existing_ticket
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.desk.composer import COMPOSER
from izarlink_tickets.web.guards import unattended_staff
from izarlink_tickets.web.numbers import whole_number

pages = Blueprint("presence", __name__)

log = structlog.get_logger(__name__)


@pages.post("/tickets/<ticket:number>/presence")
@unattended_staff
def ask(number: int) -> Response:
    """Store the viewer's presence; return colleagues and news."""
    if not csrf.is_genuine():
        abort(400)
    with portal().database.query() as connection:
        existing_ticket(connection, viewer().actor, number=number)
        seen = whole_number(request.form.get("version")) or 0
        entries = count_entries(connection, viewer().actor, number=number, after=seen)
    note(number, writing=request.form.get("ecrit", ""))
    return jsonify(present=present_on(number), news=news_label(entries))


def note(number: int, *, writing: str = "") -> None:
    """Store the viewer's presence. writing: the slug of their form."""
    try:
        portal().presence.note(viewer().actor, number=number, now=now(), writing=writing if writing in COMPOSER else "")
    except (DatabaseBusy, StorageFull) as error:
        # The ticket stays readable.
        log.warning("presence_not_noted", ticket=number, kind=type(error).__name__)


def present_on(number: int) -> list[str]:
    """Format what each colleague with the ticket open is doing."""
    with portal().database.query() as connection:
        colleagues = colleagues_on(connection, viewer().actor, number=number, now=now())
    return [
        str(COMPOSER[colleague.writing].writing) % {"name": colleague.name}
        if colleague.writing
        else _("%(name)s lit ce ticket", name=colleague.name)
        for colleague in colleagues
    ]


def news_label(entries: int) -> str:
    """Format the number of new entries; empty for none."""
    return ngettext("%(num)s nouvelle entrée", "%(num)s nouvelles entrées", entries) if entries else ""
