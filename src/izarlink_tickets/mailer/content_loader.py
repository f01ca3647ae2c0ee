"""Content of outbox messages, as their recipients may see it now.

Rights are checked again at each attempt to send.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, PasswordAlreadyChosen, find_account, find_accounts
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import ReminderSent
from izarlink_tickets.mailer.account_mail import AccountNews, make_secret, recipient_of
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage
from izarlink_tickets.projections.deadline_queries import closing_of
from izarlink_tickets.projections.history_queries import Timeline, load_entries
from izarlink_tickets.projections.ticket_queries import TicketRow, tickets_by_number, watchers_by_number


class RecipientNotEntitled(Exception):
    """The message has lost its recipient or its reason."""


TicketContent = TicketNews | RecipientNotEntitled
_EntryKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _TicketAccess:
    """The fields of a ticket that decide who sees it."""

    organisation_id: str
    requester_id: str
    watcher_ids: Collection[str]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of some messages, before any right is checked.

    timelines: with internal notes (True) and without (False), by ticket number and entry.
    """

    accounts: Mapping[str, Account]
    tickets: Mapping[int, TicketRow]
    watchers: Mapping[int, Collection[str]]
    timelines: Mapping[bool, Mapping[_EntryKey, Timeline]]

    def news(self, connection: Connection, message: OutboxMessage) -> TicketNews:
        """Return what the recipient may see. Raises: RecipientNotEntitled."""
        reader = _recipient(self.accounts.get(message.account_id))
        ticket = self.tickets.get(message.number or 0)
        timeline = self.timelines[access.sees_internal(reader.actor)].get(_entry_key(message))
        if ticket is None or timeline is None or not self._sees(reader, ticket):
            raise RecipientNotEntitled("not the reader's to see any more")
        reminder = timeline.entries[0].step(ReminderSent)
        closing = closing_of(connection, number=ticket.number, version=reminder.version) if reminder else None
        return TicketNews(reader, ticket, timeline, closing)

    def _sees(self, reader: Account, ticket: TicketRow) -> bool:
        watchers = self.watchers[ticket.number]
        return access.sees(reader.actor, _TicketAccess(ticket.organisation_id, ticket.requester_id, watchers))


def load_ticket_news(connection: Connection, messages: Sequence[OutboxMessage]) -> dict[str, TicketContent]:
    """Load the tickets and entries of many messages, by message id.

    It takes a few statements for all. A message whose recipient may not see them has the reason instead.
    """
    rows = _load_rows(connection, messages)
    content: dict[str, TicketContent] = {}
    for message in messages:
        try:
            content[message.id] = rows.news(connection, message)
        except RecipientNotEntitled as reason:
            content[message.id] = reason
    return content


def load_account_news(connection: Connection, message: OutboxMessage, now: datetime) -> AccountNews:
    """Load the account and create the secret. Raises: RecipientNotEntitled."""
    account = _recipient(find_account(connection, account_id=message.account_id))
    recipient = recipient_of(message, account)
    if recipient is None:
        raise RecipientNotEntitled("the address is no longer wanted")
    try:
        secret = make_secret(connection, message, recipient=recipient, now=now)
    except PasswordAlreadyChosen:
        raise RecipientNotEntitled("the account has a password") from None
    return AccountNews(account, message.kind, recipient, at=message.created_at, made_at=now, secret=secret)


def _load_rows(connection: Connection, messages: Sequence[OutboxMessage]) -> _Rows:
    account_ids = {message.account_id for message in messages}
    accounts = {account.id: account for account in find_accounts(connection, ids=account_ids)}
    tickets = tickets_by_number(connection, numbers={message.number or 0 for message in messages})
    entries: dict[bool, set[_EntryKey]] = {True: set(), False: set()}
    for message in messages:
        if account := accounts.get(message.account_id):
            entries[access.sees_internal(account.actor)].add(_entry_key(message))
    return _Rows(
        accounts,
        tickets,
        watchers_by_number(connection, numbers=tickets),
        {
            internal: load_entries(connection, entries=keys, with_internal=internal)
            for internal, keys in entries.items()
        },
    )


def _entry_key(message: OutboxMessage) -> _EntryKey:
    return message.number or 0, message.entry or 0


def _recipient(account: Account | None) -> Account:
    if account is None or not account.active:
        raise RecipientNotEntitled("the account is closed")
    return account
