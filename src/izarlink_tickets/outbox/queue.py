"""The outbox as a queue: enqueue, lease, record the outcome."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    func,
    insert,
    select,
    update,
)

from izarlink_tickets.database import CLOCK_TOLERANCE, PreparedStatement, Timestamp
from izarlink_tickets.mail_hold import NOT_HELD
from izarlink_tickets.outbox.digests import LEASE_SECONDS, is_free_at, leads_its_digest, lease_rows, lease_statement
from izarlink_tickets.outbox.table import MailKind, MailStatus, OutboxMessage, message_id_of, outbox

# Pauses after temporary failures; then every hour until the mail is two days old. Source: RFC 5321 §4.5.4.1.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
GIVE_UP_AFTER = timedelta(hours=48)
# Later than any message.
_ALWAYS = datetime(9999, 1, 1, tzinfo=UTC)
_INSERT = PreparedStatement(insert(outbox))


def _is_due(now: BindParameter[datetime]) -> ColumnElement[bool]:
    is_free, leads = is_free_at(now), leads_its_digest(now)
    return and_(outbox.c.status == MailStatus.WAITING.value, outbox.c.due_at <= now, is_free, NOT_HELD, leads)


# Built once: every sender runs them all day long.
_DUE = select(outbox.c.id).where(_is_due(bindparam("now", type_=Timestamp)))
_HAS_DUE = _DUE.limit(1)
_IN_ORDER = _DUE.order_by(outbox.c.due_at, outbox.c.number, outbox.c.entry)
_LEASE = lease_statement(_IN_ORDER.limit(bindparam("limit", type_=Integer)))


_OF_MESSAGE = update(outbox).where(outbox.c.id == bindparam("of_message"), outbox.c.status == MailStatus.WAITING.value)
# Another sender may have taken over an expired lease.
_OF_LEASE = outbox.c.leased_until.is_not_distinct_from(bindparam("lease", type_=Timestamp))
_RELEASE = _OF_MESSAGE.where(_OF_LEASE).values(leased_until=None)
_DEFER = _RELEASE.values(due_at=bindparam("next_at"))
# An outcome can be stored again, after a COMMIT without an answer; it counts once.
_ATTEMPTED = (
    _OF_MESSAGE.where(outbox.c.attempts == bindparam("before"))
    .values(attempts=outbox.c.attempts + 1, last_answer=bindparam("answer"), leased_until=None)
    .values(doubts=outbox.c.doubts + bindparam("doubt", type_=Integer))
)
_RETRY = _ATTEMPTED.where(_OF_LEASE).values(due_at=bindparam("next_at"))
_FINISH = _ATTEMPTED.values(status=bindparam("new_status"), finished_at=bindparam("at"))
# A mail that has arrived is sent, whoever holds the lease now.
_SEND = _FINISH.values(address=None)
# A failed message can be sent again by hand, to the same address.
_FAIL = _FINISH.where(_OF_LEASE)
_CANCEL = _FAIL.values(address=None)
_STATEMENTS = {MailStatus.SENT: _SEND, MailStatus.FAILED: _FAIL, MailStatus.CANCELLED: _CANCEL}


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
    """Add a message to the outbox, due at once. now: aware UTC."""
    row = _row(kind, actor_id, command_id, account_id, now)
    _INSERT.execute(connection, row | {"number": number, "entry": entry, "address": address})


def enqueue_all(
    connection: Connection,
    *,
    kind: MailKind,
    actor_id: str,
    command_id: str,
    account_ids: Collection[str],
    now: datetime,
    number: int | None = None,
    entry: int | None = None,
    digest_at: datetime | None = None,
) -> None:
    """Add a message to each account.

    now: aware UTC. digest_at: when they are due, in a digest; None for at once.
    """
    of_all: dict[str, object] = {"number": number, "entry": entry, "digest_at": digest_at}
    if digest_at:
        of_all["due_at"] = digest_at
    rows = [_row(kind, actor_id, command_id, account_id, now) | of_all for account_id in account_ids]
    _INSERT.execute(connection, *rows)


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


def lease(connection: Connection, *, now: datetime, limit: int = 10) -> list[OutboxMessage]:
    """Lease due messages for LEASE_SECONDS; hide them from other senders."""
    return lease_rows(connection, _LEASE, now=now, limit=limit)


def release(connection: Connection, messages: Collection[OutboxMessage]) -> None:
    """Release messages that were leased and not tried.

    Those that another sender has leased since then stay leased.
    """
    if messages:
        connection.execute(_RELEASE, [_of_lease(message) for message in messages])


def repair_clock_skew(connection: Connection, *, now: datetime) -> None:
    """Correct future times after a clock was set back.

    Without it those messages would wait until then. A lease is only shortened: its holder may be sending.
    now: aware UTC.
    """
    waiting = update(outbox).where(outbox.c.status == MailStatus.WAITING.value)
    ahead, lease = now + CLOCK_TOLERANCE, timedelta(seconds=LEASE_SECONDS)
    connection.execute(waiting.where(outbox.c.created_at > ahead).values(created_at=now, due_at=now, digest_at=None))
    connection.execute(waiting.where(outbox.c.due_at > now + GIVE_UP_AFTER).values(due_at=now))
    connection.execute(waiting.where(outbox.c.leased_until > ahead + lease).values(leased_until=now + lease))


def has_due(connection: Connection, *, now: datetime) -> bool:
    """Return whether a message waits for a sender."""
    return connection.execute(_HAS_DUE, {"now": now}).first() is not None


def finish(
    connection: Connection,
    message: OutboxMessage,
    *,
    status: MailStatus,
    now: datetime,
    answer: str,
    is_doubtful: bool = False,
) -> None:
    """Record that the message is sent, failed for good or cancelled.

    answer: of the server, or the reason. is_doubtful: the mail may have arrived although the attempt failed.
    """
    row = _attempted(message, answer, is_doubtful=is_doubtful) | {"new_status": status.value, "at": now}
    connection.execute(_STATEMENTS[status], row if status is MailStatus.SENT else row | _of_lease(message))


def finish_sent(connection: Connection, sent: Collection[tuple[OutboxMessage, str, datetime]]) -> None:
    """Record many messages as sent, with the server's answer and the time."""
    if sent:
        rows = [
            _attempted(message, answer, is_doubtful=False) | {"new_status": MailStatus.SENT.value, "at": at}
            for message, answer, at in sent
        ]
        connection.execute(_SEND, rows)


def _of_lease(message: OutboxMessage) -> dict[str, object]:
    return {"of_message": message.id, "lease": message.leased_until}


def _attempted(message: OutboxMessage, answer: str, *, is_doubtful: bool) -> dict[str, object]:
    return {"of_message": message.id, "before": message.attempts, "answer": answer, "doubt": int(is_doubtful)}


def schedule_retry(
    connection: Connection,
    message: OutboxMessage,
    *,
    now: datetime,
    answer: str,
    is_doubtful: bool = False,
    due_at: datetime | None = None,
) -> None:
    """Retry after a growing pause; give up after two days.

    due_at: instead of the pause.
    """
    if now - message.since >= GIVE_UP_AFTER:
        finish(connection, message, status=MailStatus.FAILED, now=now, answer=answer, is_doubtful=is_doubtful)
        return
    next_at = due_at or now + PAUSES[min(message.attempts, len(PAUSES) - 1)]
    attempt = _attempted(message, answer, is_doubtful=is_doubtful)
    connection.execute(_RETRY, attempt | _of_lease(message) | {"next_at": next_at})


def defer(connection: Connection, message: OutboxMessage, *, now: datetime, until: datetime) -> None:
    """Defer an untried message; give up after two days.

    now, until: aware UTC.
    """
    if now - message.since >= GIVE_UP_AFTER:
        answer = message.last_answer or "its domain was too slow to answer"
        finish(connection, message, status=MailStatus.FAILED, now=now, answer=answer)
        return
    connection.execute(_DEFER, _of_lease(message) | {"next_at": until})


def discard(connection: Connection, *, now: datetime, written_before: datetime = _ALWAYS) -> int:
    """Discard waiting messages without sending them; return how many.

    For demo data and restored copies.
    """
    waiting = outbox.c.status == MailStatus.WAITING.value
    statement = (
        update(outbox)
        .where(waiting, outbox.c.created_at < written_before)
        .values(status=MailStatus.WRITTEN_OFF.value, finished_at=now, address=None)
    )
    return connection.execute(statement).rowcount


def backlog(connection: Connection, *, written_before: datetime = _ALWAYS) -> tuple[int, datetime | None]:
    """Count the waiting messages and return when the oldest was due.

    The time is aware UTC, and in the future for a digest.
    """
    waiting = and_(outbox.c.status == MailStatus.WAITING.value, outbox.c.created_at < written_before)
    since = func.coalesce(outbox.c.digest_at, outbox.c.created_at)
    row = connection.execute(select(func.count(), func.min(since)).where(waiting)).one()
    return row[0], row[1]


def count_failed(connection: Connection) -> int:
    """Count the messages that were given up."""
    failed = select(func.count()).where(outbox.c.status == MailStatus.FAILED.value)
    return connection.execute(failed).scalar_one()
