"""The page of one timeline entry, with its whole text."""

from flask import Blueprint
from werkzeug.exceptions import NotFound

from izarlink_tickets.domain import access
from izarlink_tickets.domain.vocabulary import Actor
from izarlink_tickets.i18n import language_of, relative_time
from izarlink_tickets.projections.history_queries import (
    EntryRowsPart,
    files_between,
    load_entry,
    load_names,
    references,
    with_files,
)
from izarlink_tickets.projections.ticket_queries import existing_ticket
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.guards import signed_in
from izarlink_tickets.web.templating import render
from izarlink_tickets.web.timeline import whole_entry_view

pages = Blueprint("entry", __name__)


@pages.get("/<ticket:number>/entrees/<version:entry>")
@signed_in
def show(number: int, entry: int) -> str:
    person = viewer().actor
    with portal().database.query() as connection:
        ticket = existing_ticket(connection, person, number=number)
        rows = load_entry(connection, person, number=number, entry=entry)
        files = files_between(connection, EntryRowsPart(rows), number=number)
        names = load_names(connection, references(rows))
    if not rows:
        raise NotFound
    (shown,) = with_files(rows, files)
    return render(
        "tickets/entry.html",
        number=number,
        title=ticket.title,
        entry=whole_entry_view(shown, viewer(), number=number, names=names),
        ago=relative_time(shown.at, now(), locale=language_of(viewer().locale)),
        ticket_url=_ticket_url(person, number, entry),
    )


def _ticket_url(person: Actor, number: int, entry: int) -> str:
    """Return the address of the entry on the person's ticket page."""
    if access.audits(person):
        return f"/audit/tickets/{number}?entree={entry}#v{entry}"
    base = f"/bureau/tickets/{number}" if access.is_staff(person) else f"/tickets/{number}"
    return f"{base}?entree={entry}#e{entry}"
