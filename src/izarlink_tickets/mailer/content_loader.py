"""Content of outbox messages, as their recipients may see it now.

Rights are checked again at each attempt to send.
"""

from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, PasswordAlreadyChosen, find_account
from izarlink_tickets.domain.events import ReminderSent
from izarlink_tickets.mailer.account_mail import AccountNews, make_secret, recipient_of
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage
from izarlink_tickets.projections.deadline_queries import closing_of
from izarlink_tickets.projections.history_queries import one_entry
from izarlink_tickets.projections.ticket_queries import find_ticket


class RecipientNotEntitled(Exception):
    """The message has lost its recipient or its reason."""


def load_ticket_news(connection: Connection, message: OutboxMessage) -> TicketNews:
    """Load the message's ticket and entry. Raises: RecipientNotEntitled."""
    account = _recipient_account(connection, message)
    ticket = find_ticket(connection, account.actor, number=message.number or 0)
    timeline = one_entry(connection, account.actor, number=message.number or 0, entry=message.entry or 0)
    if ticket is None or not timeline.entries:
        raise RecipientNotEntitled("not the reader's to see any more")
    reminder = timeline.entries[0].step(ReminderSent)
    closing = closing_of(connection, number=ticket.number, version=reminder.version) if reminder else None
    return TicketNews(account, ticket, timeline, closing)


def load_account_news(connection: Connection, message: OutboxMessage, now: datetime) -> AccountNews:
    """Load the account and create the secret. Raises: RecipientNotEntitled."""
    account = _recipient_account(connection, message)
    recipient = recipient_of(message, account)
    if recipient is None:
        raise RecipientNotEntitled("the address is no longer wanted")
    try:
        secret = make_secret(connection, message, recipient=recipient, now=now)
    except PasswordAlreadyChosen:
        raise RecipientNotEntitled("the account has a password") from None
    return AccountNews(account, message.kind, recipient, at=message.created_at, made_at=now, secret=secret)


def _recipient_account(connection: Connection, message: OutboxMessage) -> Account:
    account = find_account(connection, account_id=message.account_id)
    if account is None or not account.active:
        raise RecipientNotEntitled("the account is closed")
    return account
