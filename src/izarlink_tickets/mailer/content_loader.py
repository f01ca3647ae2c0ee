"""Content of outbox messages, as their recipients may see it now.

Rights are checked again at each attempt to send.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from izarlink_tickets.accounts import Account, PasswordAlreadyChosen, find_account, find_accounts, may_use_password
from izarlink_tickets.domain import access
from izarlink_tickets.domain.events import AutoClosed, ReminderSent, SilenceReported
from izarlink_tickets.domain.waiting import NOTICE
from izarlink_tickets.i18n import day_in
from izarlink_tickets.mailer.account_mail import PASSWORD_KINDS, AccountNews, make_secret, recipient_of
from izarlink_tickets.mailer.ticket_mail import TicketNews
from izarlink_tickets.outbox import OutboxMessage
from izarlink_tickets.outbox.deliveries import OUTDATED_ANSWER
from izarlink_tickets.projections.deadline_queries import CurrentReminder, current_reminders
from izarlink_tickets.projections.history_queries import Entry, Timeline, load_entries
from izarlink_tickets.projections.ticket_queries import TicketRow, tickets_by_number, watchers_by_number


class RecipientNotEntitled(Exception):
    """The message has lost its recipient or its reason."""


TicketContent = TicketNews | RecipientNotEntitled
_EntryKey = tuple[int, int]
# Their mails quote the question or the solution.
_QUOTING = (ReminderSent, SilenceReported, AutoClosed)


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
    reminders: the waits that still last, by ticket number. waiting: questions and solutions to quote, by entry.
    now: aware UTC.
    """

    accounts: Mapping[str, Account]
    tickets: Mapping[int, TicketRow]
    watchers: Mapping[int, Collection[str]]
    timelines: Mapping[bool, Mapping[_EntryKey, Timeline]]
    reminders: Mapping[int, CurrentReminder]
    waiting: Mapping[_EntryKey, Timeline]
    now: datetime

    def news(self, message: OutboxMessage) -> TicketNews:
        """Return what the recipient may see. Raises: RecipientNotEntitled."""
        reader = _recipient(self.accounts.get(message.account_id))
        ticket = self.tickets.get(message.number or 0)
        timeline = self.timelines[access.sees_internal(reader.actor)].get(_entry_key(message))
        if ticket is None or timeline is None or not self._sees(reader, ticket):
            raise RecipientNotEntitled("not the reader's to see any more")
        waiting = self._waiting_for(ticket, timeline)
        closes_on, is_watcher = self._closes_on(ticket, timeline), reader.id in self.watchers[ticket.number]
        return TicketNews(reader, ticket, timeline, closes_on, waiting, is_watcher=is_watcher)

    def _closes_on(self, ticket: TicketRow, timeline: Timeline) -> date | None:
        """Return the day of closing that a reminder names.

        It is a day of the requester, also in a watcher's mail: all read the same, or none.
        Raises: RecipientNotEntitled, where the reminder no longer holds.
        """
        step = timeline.entries[0].step(ReminderSent)
        if step is None:
            return None
        reminder = self.reminders.get(ticket.number)
        if reminder is None or reminder.version != step.version:
            raise RecipientNotEntitled(f"{OUTDATED_ANSWER}: the ticket has moved on")
        timezone = self.accounts[ticket.requester_id].timezone
        if reminder.closes_on and day_in(timezone, self.now + NOTICE) > reminder.closes_on:
            # It waited too long, as for a mail server: the portal sends another, with a later day.
            raise RecipientNotEntitled(f"{OUTDATED_ANSWER}: the day of closing that it names is too near")
        return reminder.closes_on

    def _waiting_for(self, ticket: TicketRow, timeline: Timeline) -> Entry | None:
        """Return the entry with the question or solution that the mail quotes."""
        key = _quoted_entry(ticket, timeline, self.reminders)
        quoted = self.waiting.get(key) if key else None
        return quoted.entries[0] if quoted else None

    def _sees(self, reader: Account, ticket: TicketRow) -> bool:
        watchers = self.watchers[ticket.number]
        return access.sees(reader.actor, _TicketAccess(ticket.organisation_id, ticket.requester_id, watchers))


def load_ticket_news(
    connection: Connection, messages: Sequence[OutboxMessage], *, now: datetime
) -> dict[str, TicketContent]:
    """Load the tickets and entries of many messages, by message id.

    It takes a few statements for all. A message whose recipient may not see them has the reason instead.
    now: aware UTC.
    """
    rows = _load_rows(connection, messages, now)
    content: dict[str, TicketContent] = {}
    for message in messages:
        try:
            content[message.id] = rows.news(message)
        except RecipientNotEntitled as reason:
            content[message.id] = reason
    return content


def load_account_news(
    connection: Connection, message: OutboxMessage, now: datetime, *, has_single_sign_on: bool
) -> AccountNews:
    """Load the account and create the secret.

    has_single_sign_on: staff sign in by a provider. Raises: RecipientNotEntitled.
    """
    account = _recipient(find_account(connection, account_id=message.account_id))
    if has_single_sign_on and message.kind in PASSWORD_KINDS and not may_use_password(connection, account):
        raise RecipientNotEntitled("the person signs in by the provider")
    recipient = recipient_of(message, account)
    if recipient is None:
        raise RecipientNotEntitled("the address is no longer wanted")
    try:
        secret = make_secret(connection, message, recipient=recipient, now=now)
    except PasswordAlreadyChosen:
        raise RecipientNotEntitled("the account has a password") from None
    return AccountNews(account, message.kind, recipient, at=message.created_at, made_at=now, secret=secret)


def _load_rows(connection: Connection, messages: Sequence[OutboxMessage], now: datetime) -> _Rows:
    tickets = tickets_by_number(connection, numbers={message.number or 0 for message in messages})
    account_ids = {message.account_id for message in messages} | {ticket.requester_id for ticket in tickets.values()}
    accounts = {account.id: account for account in find_accounts(connection, ids=account_ids)}
    entries: dict[bool, set[_EntryKey]] = {True: set(), False: set()}
    for message in messages:
        if account := accounts.get(message.account_id):
            entries[access.sees_internal(account.actor)].add(_entry_key(message))
    timelines = {
        internal: load_entries(connection, entries=keys, with_internal=internal) for internal, keys in entries.items()
    }
    reminders, waiting = _load_waiting(connection, tickets, timelines)
    watchers = watchers_by_number(connection, numbers=tickets)
    return _Rows(accounts, tickets, watchers, timelines, reminders, waiting, now)


def _load_waiting(
    connection: Connection, tickets: Mapping[int, TicketRow], timelines: Mapping[bool, Mapping[_EntryKey, Timeline]]
) -> tuple[Mapping[int, CurrentReminder], Mapping[_EntryKey, Timeline]]:
    """Load what reminders and closings quote; most mails quote nothing."""
    quoting = {
        number: timeline
        for of_reader in timelines.values()
        for (number, _), timeline in of_reader.items()
        if number in tickets and _quotes(timeline)
    }
    reminders = current_reminders(connection, numbers=quoting)
    quoted = (_quoted_entry(tickets[number], timeline, reminders) for number, timeline in quoting.items())
    return reminders, load_entries(connection, entries=set(filter(None, quoted)), with_internal=False)


def _quotes(timeline: Timeline) -> bool:
    return any(timeline.entries[0].step(event_class) for event_class in _QUOTING)


def _quoted_entry(ticket: TicketRow, timeline: Timeline, reminders: Mapping[int, CurrentReminder]) -> _EntryKey | None:
    """Return the entry with the question or solution that a mail quotes."""
    if not _quotes(timeline):
        return None
    reminder = reminders.get(ticket.number)
    entry = reminder.entry if reminder else ticket.solution_entry
    return (ticket.number, entry) if entry else None


def _entry_key(message: OutboxMessage) -> _EntryKey:
    return message.number or 0, message.entry or 0


def _recipient(account: Account | None) -> Account:
    if account is None or not account.active:
        raise RecipientNotEntitled("the account is closed")
    return account
