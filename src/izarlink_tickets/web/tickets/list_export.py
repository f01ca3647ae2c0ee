"""The customer's list as a CSV file, filtered alike."""

import csv
from collections.abc import Iterator
from io import StringIO

from flask import Blueprint, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from izarlink_tickets import wording
from izarlink_tickets.accounts import Account
from izarlink_tickets.application.list_choices import load_list_choices
from izarlink_tickets.application.spreadsheets.csv_reader import escape_formula
from izarlink_tickets.database.paging import PageRequest
from izarlink_tickets.i18n import format_datetime, language_of
from izarlink_tickets.i18n import gettext as _
from izarlink_tickets.projections.ticket_filters import TicketFilter
from izarlink_tickets.projections.ticket_queries import TicketRow, list_tickets
from izarlink_tickets.web import csrf
from izarlink_tickets.web.app_context import portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.filters import number
from izarlink_tickets.web.guards import customer
from izarlink_tickets.web.tickets.list_query import TicketListQuery

pages = Blueprint("list_export", __name__)

# A page of the database at a time; a file of some 2 MB at most.
CHUNK, MAX_EXPORTED = 500, 10_000
# Excel takes a file for UTF-8 by this mark alone, and separates by semicolons in France.
_MARK, _SEPARATOR = "\ufeff", ";"


@pages.post("/export")
@customer
def export() -> ResponseReturnValue:
    """Send the tickets of the list's filters and order."""
    reader = viewer()
    query = TicketListQuery.parse(request.args, reader.actor, timezone=reader.timezone)
    with portal().database.query() as connection:
        choices = load_list_choices(connection, reader.actor)
    query = query.with_choices(choices).first_page()
    if query.errors or not csrf.is_genuine():
        # The list shows the errors, and has a button with a fresh token.
        return redirect(query.url(), 303)
    lines = _lines(reader, query.filter_among(choices.services), query.order)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="tickets.csv"'
    return response


def _lines(reader: Account, filtered: TicketFilter, order: str) -> Iterator[str]:
    """Yield the lines, loaded as they are sent."""
    yield _MARK + _line(_headings())
    exported, after = 0, None
    while exported < MAX_EXPORTED:
        with portal().database.query() as connection:
            page = list_tickets(
                connection, reader.actor, filtered=filtered, order=order, page_request=PageRequest(after), size=CHUNK
            )
        yield "".join(_line(_cells(row, reader)) for row in page.rows)
        exported, after = exported + len(page.rows), page.after
        if after is None:
            return
    yield _line(
        [_("Les %(number)s premiers tickets seulement : affinez les filtres pour les autres.", number=number(exported))]
    )


def _headings() -> list[str]:
    return [
        _("N°"),
        _("Titre"),
        _("Type de demande"),
        _("Catégorie"),
        _("Urgence"),
        _("État"),
        _("Demandeur"),
        _("Référence"),
        _("Libellé"),
        _("Site"),
        _("Ouvert le"),
        _("Dernière activité"),
    ]


def _cells(row: TicketRow, reader: Account) -> list[str]:
    locale, timezone = language_of(reader.locale), reader.timezone
    return [
        str(row.number),
        wording.erased() if row.title is None else row.title,
        wording.type_label(row.ticket_type),
        wording.category_label(row.category, row.category_label),
        wording.urgency_label(row.urgency),
        wording.reader_state_label(row.state, row.awaiting, reader),
        row.requester_name,
        row.service_reference or "",
        row.service_label or "",
        row.service_site or "",
        format_datetime(row.opened_at, locale=locale, timezone=timezone),
        format_datetime(row.last_activity_at, locale=locale, timezone=timezone),
    ]


def _line(cells: list[str]) -> str:
    line = StringIO()
    csv.writer(line, delimiter=_SEPARATOR).writerow([escape_formula(cell) for cell in cells])
    return line.getvalue()
