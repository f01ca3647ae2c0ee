"""Read what a letter is about, as its reader may see it now: rights are asked again at each attempt to send (D8)."""

from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, PasswordAlreadyChosen, find_account
from izarlink_tickets.mailer.account_mail import AccountNews, make_secret, recipient_of
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage
from izarlink_tickets.projections.deadline_queries import closing_of
from izarlink_tickets.projections.history_queries import one_entry
from izarlink_tickets.projections.ticket_queries import find_ticket


class RecipientNotEntitled(Exception):
    """The letter has lost its reader or its reason."""


def load_ticket_news(connection: Connection, message: OutboxMessage) -> TicketNews:
    """Read the entry of a ticket. Raises: NotWanted."""
    account = _reader(connection, message)
    ticket = find_ticket(connection, account.person, number=message.number or 0)
    timeline = one_entry(connection, account.person, number=message.number or 0, entry=message.entry or 0)
    if ticket is None or not timeline.entries:
        raise RecipientNotEntitled("not the reader's to see any more")
    reminder = timeline.entries[0].step("ReminderSent")
    closing = closing_of(connection, number=ticket.number, version=reminder.version) if reminder else None
    return TicketNews(account, ticket, timeline, closing)


def load_account_news(connection: Connection, message: OutboxMessage, now: datetime) -> AccountNews:
    """Read what happened to an account, making the secret that the mail carries. Raises: NotWanted."""
    account = _reader(connection, message)
    recipient = recipient_of(message, account)
    if recipient is None:
        raise RecipientNotEntitled("the address is no longer wanted")
    try:
        secret = make_secret(connection, message, recipient=recipient, now=now)
    except PasswordAlreadyChosen:
        raise RecipientNotEntitled("the account has a password") from None
    return AccountNews(account, message.kind, recipient, at=message.created_at, made_at=now, secret=secret)


def _reader(connection: Connection, message: OutboxMessage) -> Account:
    account = find_account(connection, account_id=message.account_id)
    if account is None or not account.active:
        raise RecipientNotEntitled("the account is closed")
    return account
