"""What became of attempts to send: noted with each letter, and told in the log."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.outbox import Letter, Status

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt. status None: to be tried again later. error: a mistake of ours.

    letters: that were one mail. paused_until: there was no attempt, because the domain is left alone until then.
    """

    letters: tuple[Letter, ...]
    status: Status | None
    answer: str
    is_doubtful: bool = False
    error: Exception | None = None
    paused_until: datetime | None = None


def note(connection: Connection, outcome: Outcome, at: datetime) -> None:
    """Store it with each of the letters. at: aware UTC."""
    for letter in outcome.letters:
        _note(connection, letter, outcome, at)


def _note(connection: Connection, letter: Letter, outcome: Outcome, at: datetime) -> None:
    if outcome.paused_until:
        outbox.postpone(connection, letter, now=at, until=outcome.paused_until)
        return
    answer, is_doubtful = outcome.answer, outcome.is_doubtful
    if outcome.status is None:
        outbox.put_off(connection, letter, now=at, answer=answer, is_doubtful=is_doubtful)
        return
    outbox.finish(connection, letter, status=outcome.status, now=at, answer=answer)


def tell(outcome: Outcome) -> None:
    """Log one line a letter, without an address: what the server said may hold one, and stays with the letter."""
    if outcome.paused_until:
        return
    write = _log.warning if outcome.status is Status.FAILED else _log.info
    for letter in outcome.letters:
        write(
            f"mail_{outcome.status.value}" if outcome.status else "mail_put_off",
            letter=letter.id,
            kind=letter.kind.value,
            ticket=letter.number,
            attempt=letter.attempts + 1,
            doubtful=outcome.is_doubtful,
            exc_info=outcome.error,
        )
