"""Visits of tickets by customers, for the marks of what is unread."""

from izarlink_tickets.accounts import Account
from izarlink_tickets.accounts.ticket_visits import store_visit
from izarlink_tickets.database import Database, microseconds_of, with_retries
from izarlink_tickets.projections.ticket_queries import TicketRow


class TicketVisits:
    """Notes what customers have seen of their tickets.

    It needs no command log: noting it twice changes nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, viewer: Account, ticket: TicketRow) -> None:
        """Note that the viewer has seen the ticket's latest public event.

        Where nothing is new, nothing is stored.
        """
        if ticket.news_version <= (ticket.seen_version or 0):
            return

        def store() -> None:
            with self._database.command() as connection:
                store_visit(connection, account_id=viewer.id, number=ticket.number, version=ticket.news_version)

        with_retries(store)


def is_unread(ticket: TicketRow, viewer: Account) -> bool:
    """Return whether others have written since the viewer's last visit.

    What is older than the account, or than the marks themselves, counts as read.
    """
    return (
        ticket.news_version > (ticket.seen_version or 0)
        and ticket.news_actor_id != viewer.id
        and ticket.last_activity_us > microseconds_of(viewer.news_since)
    )
