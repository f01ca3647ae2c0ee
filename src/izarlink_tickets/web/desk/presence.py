"""The colleagues on a ticket and its new entries, for polling."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

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
    _note(number, writing=request.form.get("ecrit", ""))
    with portal().database.query() as connection:
        colleagues = colleagues_on(connection, viewer().actor, number=number, now=now())
    present = present_colleagues((colleague.name, colleague.writing) for colleague in colleagues)
    return jsonify(present=present, news=news_label(entries))


def note_reading(number: int, *, last: tuple[str, datetime] | None) -> None:
    """Store that the viewer reads the ticket.

    last: code and time of their last presence.
    """
    with _logged_failure(number):
        portal().presence.note_after(last, viewer().actor, number=number, now=now())


def present_colleagues(colleagues: Iterable[tuple[str, str]]) -> list[str]:
    """Format what each colleague with the ticket open is doing.

    colleagues: names, and the slugs of the forms that they write in.
    """
    return [
        str(COMPOSER[writing].writing) % {"name": name} if writing else _("%(name)s lit ce ticket", name=name)
        for name, writing in colleagues
    ]


def news_label(entries: int) -> str:
    """Format the number of new entries; empty for none."""
    return ngettext("%(num)s nouvelle entrée", "%(num)s nouvelles entrées", entries) if entries else ""


def _note(number: int, *, writing: str) -> None:
    """Store the viewer's presence. writing: the slug of their form."""
    with _logged_failure(number):
        portal().presence.note(viewer().actor, number=number, now=now(), writing=writing if writing in COMPOSER else "")


@contextmanager
def _logged_failure(number: int) -> Iterator[None]:
    """Log a failure inside the block: the ticket stays readable."""
    try:
        yield
    except (DatabaseBusy, StorageFull) as error:
        log.warning("presence_not_noted", ticket=number, kind=type(error).__name__)
