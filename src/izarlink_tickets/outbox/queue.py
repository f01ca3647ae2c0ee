"""Put mails into the outbox, lease them to whoever sends them, and note what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Text, and_, bindparam, case, func, insert, select, update

from izarlink_tickets.database import CLOCK_TOLERANCE
from izarlink_tickets.mail_hold import NOT_HELD
from izarlink_tickets.outbox.digests import is_free_at, leads_its_digest
from izarlink_tickets.outbox.table import MailKind, MailStatus, OutboxMessage, list_messages, message_id_of, outbox

# Longer than the SMTP timeout (30 s), and a crashed sender's mail goes out within a minute.
LEASE_SECONDS = 60
# Pauses after a failure that may pass, growing; then every hour until the mail is two days old.
# Source: RFC 5321 §4.5.4.1.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
GIVE_UP_AFTER = timedelta(hours=48)
# Later than any letter.
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
_SINCE = func.coalesce(outbox.c.digest_at, outbox.c.created_at)
_INSERT = insert(outbox)


def enqueue(
    connection: Connection,
    *,
    kind: MailKind,
    actor_id: str,
    command_id: str,
    account_id: str,
    now: datetime,
    number: int | None = None,
    entry: int | None = None,
    address: str | None = None,
) -> None:
    """Put a letter into the outbox, due at once. now: aware UTC."""
    row = _row(kind, actor_id, command_id, account_id, now)
    connection.execute(_INSERT, row | {"number": number, "entry": entry, "address": address})


def enqueue_all(
    connection: Connection, *, kind: MailKind, actor_id: str, command_id: str, account_ids: Sequence[str], now: datetime
) -> None:
    """Put a letter about each account into the outbox, due at once. now: aware UTC."""
    connection.execute(_INSERT, [_row(kind, actor_id, command_id, account_id, now) for account_id in account_ids])


def _row(kind: MailKind, actor_id: str, command_id: str, account_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": message_id_of(actor_id=actor_id, command_id=command_id, account_id=account_id, kind=kind),
        "kind": kind.value,
        "command_id": command_id,
        "account_id": account_id,
        "status": MailStatus.WAITING.value,
        "created_at": now,
        "due_at": now,
    }


def lease(
    connection: Connection, *, now: datetime, limit: int = 10, seconds: int = LEASE_SECONDS
) -> list[OutboxMessage]:
    """Take unsent letters for this worker and hide them from the others.

    seconds: how long the lease holds; longer than the SMTP timeout. An empty list means no work.
    """
    due = (
        select(outbox.c.id)
        .where(_is_due(now))
        .order_by(outbox.c.due_at, outbox.c.number, outbox.c.entry)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(due).scalars())
    if not ids:
        return []
    mine = outbox.c.id.in_(ids)
    connection.execute(update(outbox).where(mine).values(leased_until=now + timedelta(seconds=seconds)))
    return list_messages(connection, mine)


def repair_clock_skew(connection: Connection, *, now: datetime) -> None:
    """Bring back what was written in time to come, before the clock was set back: or it would wait until then.

    A lease is only shortened, because its holder may be sending. now: aware UTC.
    """
    waiting = update(outbox).where(outbox.c.status == MailStatus.WAITING.value)
    ahead, lease = now + CLOCK_TOLERANCE, timedelta(seconds=LEASE_SECONDS)
    connection.execute(waiting.where(outbox.c.created_at > ahead).values(created_at=now, due_at=now, digest_at=None))
    connection.execute(waiting.where(outbox.c.due_at > now + GIVE_UP_AFTER).values(due_at=now))
    connection.execute(waiting.where(outbox.c.leased_until > ahead + lease).values(leased_until=now + lease))


def has_due(connection: Connection, *, now: datetime) -> bool:
    """Say whether a letter waits for a sender, without taking it."""
    return connection.execute(select(outbox.c.id).where(_is_due(now)).limit(1)).first() is not None


def _is_due(now: datetime) -> ColumnElement[bool]:
    is_free, leads = is_free_at(now), leads_its_digest(now)
    return and_(outbox.c.status == MailStatus.WAITING.value, outbox.c.due_at <= now, is_free, NOT_HELD, leads)


_OF_LETTER = update(outbox).where(outbox.c.id == bindparam("of_letter"))
_FINISH = _OF_LETTER.values(
    status=bindparam("to_status"),
    finished_at=bindparam("at"),
    last_answer=bindparam("answer"),
    attempts=outbox.c.attempts + 1,
    doubts=outbox.c.doubts + bindparam("new_doubts"),
    # What failed may be sent again by hand, to the same address.
    address=case((bindparam("to_status", type_=Text) == MailStatus.FAILED.value, outbox.c.address), else_=None),
    leased_until=None,
)
_PUT_OFF = _OF_LETTER.values(
    due_at=bindparam("next_at"),
    last_answer=bindparam("answer"),
    attempts=outbox.c.attempts + 1,
    doubts=outbox.c.doubts + bindparam("new_doubts"),
    leased_until=None,
)

_POSTPONE = _OF_LETTER.values(due_at=bindparam("next_at"), leased_until=None)


def finish(
    connection: Connection,
    message: OutboxMessage,
    *,
    status: MailStatus,
    now: datetime,
    answer: str,
    is_doubtful: bool = False,
) -> None:
    """Note that the letter is sent, failed for good or cancelled.

    answer: the server's words or the reason. is_doubtful: this attempt may have arrived all the same.
    """
    values = {"of_letter": message.id, "to_status": status.value, "at": now, "answer": answer}
    connection.execute(_FINISH, values | {"new_doubts": int(is_doubtful)})


def schedule_retry(
    connection: Connection, message: OutboxMessage, *, now: datetime, answer: str, is_doubtful: bool = False
) -> None:
    """Try again later, after a growing pause; give up when the letter is two days old."""
    if now - message.since >= GIVE_UP_AFTER:
        finish(connection, message, status=MailStatus.FAILED, now=now, answer=answer, is_doubtful=is_doubtful)
        return
    next_at = now + PAUSES[min(message.attempts, len(PAUSES) - 1)]
    values = {"of_letter": message.id, "next_at": next_at, "answer": answer, "new_doubts": int(is_doubtful)}
    connection.execute(_PUT_OFF, values)


def defer(connection: Connection, message: OutboxMessage, *, now: datetime, until: datetime) -> None:
    """Leave the letter alone until then without having tried it; give up when it is two days old. Both aware UTC."""
    if now - message.since >= GIVE_UP_AFTER:
        answer = message.last_answer or "its domain was too slow to answer"
        finish(connection, message, status=MailStatus.FAILED, now=now, answer=answer)
        return
    connection.execute(_POSTPONE, {"of_letter": message.id, "next_at": until})


def discard(connection: Connection, *, now: datetime, written_before: datetime = _ALWAYS) -> int:
    """Declare waiting letters delivered without sending them (demo data, a restored copy). Returns how many."""
    waiting = outbox.c.status == MailStatus.WAITING.value
    done = (
        update(outbox)
        .where(waiting, outbox.c.created_at < written_before)
        .values(status=MailStatus.WRITTEN_OFF.value, finished_at=now, address=None)
    )
    return connection.execute(done).rowcount


def backlog(connection: Connection, *, written_before: datetime = _ALWAYS) -> tuple[int, datetime | None]:
    """Say how many letters wait, and since when the oldest should be gone (aware UTC; to come for a digest)."""
    waiting = and_(outbox.c.status == MailStatus.WAITING.value, outbox.c.created_at < written_before)
    row = connection.execute(select(func.count(), func.min(_SINCE)).where(waiting)).one()
    return row[0], row[1]


def count_failed(connection: Connection) -> int:
    """Count the letters that were given up."""
    failed = select(func.count()).where(outbox.c.status == MailStatus.FAILED.value)
    return connection.execute(failed).scalar_one()
