"""Outcomes of mails, stored in the outbox and logged.

Those of a killed sender are stored from its journal.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.mailer.journal import AbandonedJournal, DeliveryOutcome, Lease
from izarlink_tickets.outbox import MailStatus, OutboxMessage

_row = outbox.outbox.c
_IS_WAITING = _row.status == MailStatus.WAITING.value

_log = structlog.get_logger()


def store_outcomes(connection: Connection, outcomes: Iterable[tuple[DeliveryOutcome, datetime]]) -> None:
    """Store outcomes with each of their messages, with their times (aware UTC)."""
    sent = []
    for outcome, at in outcomes:
        if outcome.status is MailStatus.SENT:
            sent += [(message, outcome.answer, at) for message in outcome.messages]
        else:
            _store(connection, outcome, at)
    outbox.finish_sent(connection, sent)


def _store(connection: Connection, outcome: DeliveryOutcome, at: datetime) -> None:
    answer, is_doubtful = outcome.answer, outcome.is_doubtful
    for message in outcome.messages:
        if outcome.paused_until:
            outbox.defer(connection, message, now=at, until=outcome.paused_until)
        elif outcome.status is None:
            outbox.schedule_retry(connection, message, now=at, answer=answer, is_doubtful=is_doubtful)
        else:
            outbox.finish(connection, message, status=outcome.status, now=at, answer=answer)


def store_abandoned(connection: Connection, journal: AbandonedJournal, *, now: datetime) -> None:
    """Store what a killed sender had sent; release the rest.

    Of the mail under way nobody knows whether it arrived: it is tried again when its lease ends, and the doubt is
    counted. now: aware UTC.
    """
    waiting = {message.id: message for message in _waiting_messages(connection, journal)}
    outcomes = [
        (replace(outcome, messages=messages), at)
        for leases, outcome, at in journal.outcomes
        if (messages := tuple(_as_leased(waiting, leases)))
    ]
    store_outcomes(connection, outcomes)
    held = _held_messages(connection, journal) if journal.is_complete else []
    begun = [message for message in held if message.id in journal.begun]
    for message in begun:
        answer, due_at = "the mailer ended before the answer", message.leased_until
        outbox.schedule_retry(connection, message, now=now, answer=answer, is_doubtful=True, due_at=due_at)
    outbox.release(connection, [message for message in held if message.id not in journal.begun])
    _log.warning("mails_recovered", ended=len(outcomes), doubtful=len(begun), released=len(held) - len(begun))


def _waiting_messages(connection: Connection, journal: AbandonedJournal) -> list[OutboxMessage]:
    return outbox.list_messages(connection, _row.id.in_(list(journal.last_leases)), _IS_WAITING)


def _held_messages(connection: Connection, journal: AbandonedJournal) -> list[OutboxMessage]:
    """Return the messages that the sender has still leased."""
    leases = {(lease.message_id, lease.until) for lease in journal.leases}
    waiting = _waiting_messages(connection, journal)
    return [message for message in waiting if (message.id, message.leased_until) in leases]


def _as_leased(waiting: Mapping[str, OutboxMessage], leases: Iterable[Lease]) -> Iterator[OutboxMessage]:
    """Return the waiting messages as they were when they were leased."""
    for lease in leases:
        if message := waiting.get(lease.message_id):
            yield replace(message, attempts=lease.attempts, leased_until=lease.until)


def log_outcome(outcome: DeliveryOutcome) -> None:
    """Log one line per message, without addresses.

    The server's answer may hold an address, so only the outbox stores it.
    """
    if outcome.paused_until:
        return
    write = _log.warning if outcome.status is MailStatus.FAILED else _log.info
    for message in outcome.messages:
        write(
            f"mail_{outcome.status.value}" if outcome.status else "mail_put_off",
            message=message.id,
            kind=message.kind.value,
            ticket=message.number,
            attempt=message.attempts + 1,
            doubtful=outcome.is_doubtful,
            exc_info=outcome.error,
        )
