"""What became of attempts to send: noted with each letter, and told in the log."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.outbox import MailStatus, OutboxMessage

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of an attempt. status None: to be tried again later. error: a mistake of ours.

    letters: that were one mail. paused_until: there was no attempt, because the domain is left alone until then.
    """

    letters: tuple[OutboxMessage, ...]
    status: MailStatus | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


def note(connection: Connection, outcome: DeliveryOutcome, at: datetime) -> None:
    """Store it with each of the letters. at: aware UTC."""
    for message in outcome.letters:
        _note(connection, message, outcome, at)


def _note(connection: Connection, message: OutboxMessage, outcome: DeliveryOutcome, at: datetime) -> None:
    if outcome.paused_until:
        outbox.defer(connection, message, now=at, until=outcome.paused_until)
        return
    answer, is_doubtful = outcome.answer, outcome.is_doubtful
    if outcome.status is None:
        outbox.schedule_retry(connection, message, now=at, answer=answer, is_doubtful=is_doubtful)
        return
    outbox.finish(connection, message, status=outcome.status, now=at, answer=answer)


def tell(outcome: DeliveryOutcome) -> None:
    """Log one line a letter, without an address: what the server said may hold one, and stays with the letter."""
    if outcome.paused_until:
        return
    write = _log.warning if outcome.status is MailStatus.FAILED else _log.info
    for message in outcome.letters:
        write(
            f"mail_{outcome.status.value}" if outcome.status else "mail_put_off",
            message=message.id,
            kind=message.kind.value,
            ticket=message.number,
            attempt=message.attempts + 1,
            doubtful=outcome.is_doubtful,
            exc_info=outcome.error,
        )
