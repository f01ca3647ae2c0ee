"""Older tickets that a new one concerns."""

from datetime import datetime
from zoneinfo import ZoneInfo

from izarlink_tickets.accounts import Account
from izarlink_tickets.domain.vocabulary import UNFINISHED
from izarlink_tickets.projections.similar_tickets import SimilarTicket, find_similar
from izarlink_tickets.projections.ticket_queries import TicketRow, find_ticket
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.numbers import TICKET_DIGITS, whole_number
from izarlink_tickets.web.page import current_page


def find_visible_ticket(number: str | None) -> TicketRow | None:
    """Find the ticket with the number, if the viewer sees it."""
    parsed = whole_number(number, digits=TICKET_DIGITS)
    if parsed is None:
        return None
    with portal().database.query() as connection:
        return find_ticket(connection, viewer().actor, number=parsed)


def linkable(older: TicketRow | None, requester: Account) -> TicketRow | None:
    """Return the ticket if the new one can be linked to it."""
    is_linkable = older and older.state not in UNFINISHED and older.organisation_id == requester.organisation_id
    return older if is_linkable else None


def find_similar_ticket(requester: Account, *, category: str, service_id: str | None) -> SimilarTicket | None:
    """Find a ticket opened today for the same category and service."""
    with portal().database.query() as connection:
        return find_similar(
            connection,
            viewer().actor,
            organisation_id=requester.organisation_id or "",
            category=category,
            service_id=service_id,
            since=_midnight(),
        )


def _midnight() -> datetime:
    """Return the last midnight in the viewer's time zone."""
    return now().astimezone(ZoneInfo(current_page().timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
