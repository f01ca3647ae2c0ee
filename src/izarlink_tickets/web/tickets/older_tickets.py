"""The tickets that a new one has to do with: the finished one it goes back to, the open one that may say the same."""

from datetime import datetime
from zoneinfo import ZoneInfo

from izarlink_tickets.accounts import Account
from izarlink_tickets.domain.vocabulary import UNFINISHED
from izarlink_tickets.projections.similar_tickets import SimilarTicket, find_similar
from izarlink_tickets.projections.ticket_queries import TicketRow, find_ticket
from izarlink_tickets.web.app_context import now, portal
from izarlink_tickets.web.authentication import viewer
from izarlink_tickets.web.template_globals import timezone
from izarlink_tickets.web.tickets.numbers import TICKET_DIGITS, whole_number
from izarlink_tickets.web.tickets.ticket_form import TicketForm


def seen_ticket(text: str | None) -> TicketRow | None:
    """Give the ticket of that number if the viewer sees it; whatever else was sent relates to nothing."""
    number = whole_number(text, digits=TICKET_DIGITS)
    if number is None:
        return None
    with portal().database.query() as connection:
        return find_ticket(connection, viewer().person, number=number)


def relatable(older: TicketRow | None, requester: Account) -> TicketRow | None:
    """Give the ticket if the requester's new one can go back to it; that is the domain's to decide, in the end."""
    is_possible = older and older.state not in UNFINISHED and older.organisation_id == requester.organisation_id
    return older if is_possible else None


def unread_similar(form: TicketForm, requester: Account) -> SimilarTicket | None:
    """Find a ticket that was opened today for the same, unless the person has read that there is one."""
    values = form.values()
    with portal().database.query() as connection:
        similar = find_similar(
            connection,
            viewer().person,
            organisation_id=requester.organisation_id or "",
            category=values["category"],
            service_id=values["service_id"],
            since=_midnight(),
        )
    return None if similar is None or similar.number == whole_number(form.similar.data) else similar


def _midnight() -> datetime:
    return now().astimezone(ZoneInfo(timezone())).replace(hour=0, minute=0, second=0, microsecond=0)
