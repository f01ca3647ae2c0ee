"""Letters that go out together in one mail: those of a reader that wait for the same moment.

Each stays a row of its own, with an answer of its own. Who wants that, and what can't wait, is the mailer's to say.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, exists, or_, select, update

from izarlink_tickets.outbox.table import MailStatus, OutboxMessage, list_messages, outbox

# Of the lines of one mail; those beyond go into a second one.
DIGEST_MAXIMUM = 100

_WAITS = outbox.c.status == MailStatus.WAITING.value
_GATHER = (
    update(outbox)
    .where(outbox.c.id == bindparam("of_letter"))
    .values(digest_at=bindparam("at"), due_at=bindparam("at"), leased_until=None)
)
_LET_GO = (
    update(outbox)
    .where(_WAITS, outbox.c.account_id == bindparam("reader"), outbox.c.digest_at.is_not(None), outbox.c.attempts == 0)
    .values(digest_at=None, due_at=outbox.c.created_at)
)
_first = outbox.alias("first")


def add_to_digest(connection: Connection, message: OutboxMessage, *, at: datetime) -> None:
    """Have the letter wait for the digest of that moment, free for whoever sends that. at: aware UTC."""
    connection.execute(_GATHER, {"of_letter": message.id, "at": at})


def lease_companions(
    connection: Connection, message: OutboxMessage, *, now: datetime, seconds: int
) -> list[OutboxMessage]:
    """Take the letters that go out together with a leased one, in the order of tickets and entries."""
    together = (
        select(outbox.c.id)
        .where(_WAITS, outbox.c.account_id == message.account_id, outbox.c.digest_at == message.digest_at)
        .where(outbox.c.due_at <= now, is_free_at(now))
        .order_by(outbox.c.number, outbox.c.entry)
        .limit(DIGEST_MAXIMUM - 1)
        .with_for_update(skip_locked=True)
    )
    mine = outbox.c.id.in_(list(connection.execute(together).scalars()))
    connection.execute(update(outbox).where(mine).values(leased_until=now + timedelta(seconds=seconds)))
    return list_messages(connection, mine)


def release_digests(connection: Connection, *, account_id: str) -> None:
    """Make letters due that wait for a digest of this reader and were never tried."""
    connection.execute(_LET_GO, {"reader": account_id})


def is_free_at(now: datetime) -> ColumnElement[bool]:
    """Say of a row whether no sender has it."""
    return or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)


def leads_its_digest(now: datetime) -> ColumnElement[bool]:
    """Say of a row that it waits for no digest, or is the one that the others are taken with.

    So two senders at the same moment never make two mails of one digest.
    """
    is_before = exists().where(
        _first.c.account_id == outbox.c.account_id,
        _first.c.digest_at == outbox.c.digest_at,
        _first.c.status == MailStatus.WAITING.value,
        _first.c.due_at <= now,
        _first.c.id < outbox.c.id,
    )
    return or_(outbox.c.digest_at.is_(None), ~is_before)
