"""The rows of the customer's list."""

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter

from markupsafe import Markup

from izarlink_tickets.accounts import Account
from izarlink_tickets.database import microseconds_of
from izarlink_tickets.i18n import relative_label
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.page import PageContext
from izarlink_tickets.web.row_memo import render_rows
from izarlink_tickets.web.slots import slot
from izarlink_tickets.web.templating import macro
from izarlink_tickets.web.tickets.ticket_view import ticket_view

# Everything of a ticket that its row shows.
_SHOWN = (
    "number",
    "title",
    "ticket_type",
    "category",
    "category_label",
    "urgency",
    "state",
    "awaiting",
    "opened_us",
    "last_activity_us",
)
_OWN, _OF_COMPANY = attrgetter(*_SHOWN), attrgetter(*_SHOWN, "requester_name")


def list_rows(rows: Sequence[TicketRow], page: PageContext, viewer: Account, *, headings: Sequence[str]) -> Markup:
    """Render the viewer's own tickets. headings: of the columns."""
    render = partial(_render, page=page, viewer=viewer, headings=headings, has_requesters=False)
    return render_rows("own", rows, key=_OWN, labels=_labels_at(page), render=render)


def company_rows(rows: Sequence[TicketRow], page: PageContext, viewer: Account, *, headings: Sequence[str]) -> Markup:
    """Render a company's tickets, with their requesters."""
    render = partial(_render, page=page, viewer=viewer, headings=headings, has_requesters=True)
    return render_rows("company", rows, key=_OF_COMPANY, labels=_labels_at(page), render=render)


def _labels_at(page: PageContext) -> Callable[[TicketRow], dict[str, str]]:
    return partial(_labels, now_us=microseconds_of(page.now), language=page.language)


def _labels(row: TicketRow, *, now_us: int, language: str) -> dict[str, str]:
    return {"last_activity": relative_label(row.last_activity_us - now_us, locale=language)}


def _render(
    row: TicketRow, *, page: PageContext, viewer: Account, headings: Sequence[str], has_requesters: bool
) -> str:
    view = ticket_view(row, viewer, now=page.now)
    return macro("tickets/_list_row.html", "row")(view, headings, has_requesters, slot("last_activity"))
