"""The rows of the customer's list."""

from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from markupsafe import Markup

from izarlink_tickets.accounts import Account
from izarlink_tickets.application.ticket_visits import is_unread
from izarlink_tickets.database import microseconds_of
from izarlink_tickets.i18n import relative_label
from izarlink_tickets.projections.ticket_queries import TicketRow
from izarlink_tickets.web.page import PageContext
from izarlink_tickets.web.row_memo import render_rows
from izarlink_tickets.web.slots import slot
from izarlink_tickets.web.templating import macro
from izarlink_tickets.web.tickets.ticket_view import ticket_view

# Everything of a ticket that its row shows.
_SHOWN = attrgetter(
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
_LINE = attrgetter("service_id", "service_reference", "service_label", "service_site")


class ListStyle(NamedTuple):
    """The columns and details that the rows of a list show.

    headings: of the columns. has_requesters: for the company's tickets. has_lines: where there are several services.
    """

    headings: Sequence[str]
    has_requesters: bool
    has_lines: bool


def list_rows(rows: Sequence[TicketRow], page: PageContext, viewer: Account, *, style: ListStyle) -> Markup:
    """Render the rows of a customer's list."""
    render = partial(_render, page=page, viewer=viewer, style=style)
    return render_rows(
        "list", rows, key=partial(_key, viewer=viewer, style=style), labels=_labels_at(page), render=render
    )


def _key(row: TicketRow, *, viewer: Account, style: ListStyle) -> tuple[object, ...]:
    requester = row.requester_name if style.has_requesters else None
    return _SHOWN(row), requester, _LINE(row) if style.has_lines else None, is_unread(row, viewer)


def _labels_at(page: PageContext) -> Callable[[TicketRow], dict[str, str]]:
    return partial(_labels, now_us=microseconds_of(page.now), language=page.language)


def _labels(row: TicketRow, *, now_us: int, language: str) -> dict[str, str]:
    return {"last_activity": relative_label(row.last_activity_us - now_us, locale=language)}


def _render(row: TicketRow, *, page: PageContext, viewer: Account, style: ListStyle) -> str:
    view = ticket_view(row, viewer, now=page.now)
    return macro("tickets/_list_row.html", "row")(view, style, is_unread(row, viewer), slot("last_activity"))
