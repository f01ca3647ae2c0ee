"""Outcomes of attempts to send, recorded with each message and logged."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.outbox import MailStatus, OutboxMessage

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The outcome of one attempt. status: None for a retry.

    error: a bug.
    messages: those of the one mail. paused_until: set when there was no attempt, because the domain is paused.
    """

    messages: tuple[OutboxMessage, ...]
    status: MailStatus | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


def record_outcome(connection: Connection, outcome: DeliveryOutcome, at: datetime) -> None:
    """Store the outcome with each message. at: aware UTC."""
    for message in outcome.messages:
        _record(connection, message, outcome, at)


def _record(connection: Connection, message: OutboxMessage, outcome: DeliveryOutcome, at: datetime) -> None:
    if outcome.paused_until:
        outbox.defer(connection, message, now=at, until=outcome.paused_until)
        return
    answer, is_doubtful = outcome.answer, outcome.is_doubtful
    if outcome.status is None:
        outbox.schedule_retry(connection, message, now=at, answer=answer, is_doubtful=is_doubtful)
        return
    outbox.finish(connection, message, status=outcome.status, now=at, answer=answer)


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
