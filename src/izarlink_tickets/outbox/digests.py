"""Digests: messages to one recipient that go out as one mail.

Each message keeps its own row and outcome. The mailer decides which messages go into a digest.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, exists, or_, select, update

from izarlink_tickets.outbox.table import MailStatus, OutboxMessage, list_messages, outbox

# Longer than the SMTP timeout (30 s), and a crashed sender's mail goes out within a minute.
LEASE_SECONDS = 60
# Entries in one mail; further ones go into a second mail.
DIGEST_MAXIMUM = 100

_IS_WAITING = outbox.c.status == MailStatus.WAITING.value
_earlier = outbox.alias("earlier")


def add_to_digest(connection: Connection, message: OutboxMessage, *, at: datetime) -> None:
    """Add the message to a digest and free it. at: aware UTC."""
    digest = {"digest_at": at, "due_at": at, "leased_until": None}
    connection.execute(update(outbox).where(outbox.c.id == message.id).values(digest))


def lease_companions(connection: Connection, message: OutboxMessage, *, now: datetime) -> list[OutboxMessage]:
    """Lease the other messages of a digest, by ticket and entry."""
    companions = (
        select(outbox.c.id)
        .where(_IS_WAITING, outbox.c.account_id == message.account_id, outbox.c.digest_at == message.digest_at)
        .where(outbox.c.due_at <= now, is_free_at(now))
        .order_by(outbox.c.number, outbox.c.entry)
        .limit(DIGEST_MAXIMUM - 1)
    )
    return lease_rows(connection, companions, now=now)


def lease_rows(connection: Connection, ids: Select[tuple[str]], *, now: datetime) -> list[OutboxMessage]:
    """Lease the selected messages, except those that another sender is leasing."""
    free_ids = list(connection.execute(ids.with_for_update(skip_locked=True)).scalars())
    if not free_ids:
        return []
    is_leased = outbox.c.id.in_(free_ids)
    leased_until = now + timedelta(seconds=LEASE_SECONDS)
    connection.execute(update(outbox).where(is_leased).values(leased_until=leased_until))
    return list_messages(connection, is_leased)


def release_digests(connection: Connection, *, account_id: str) -> None:
    """Release the account's untried digest messages at once."""
    is_untried = (outbox.c.account_id == account_id, outbox.c.digest_at.is_not(None), outbox.c.attempts == 0)
    released = {"digest_at": None, "due_at": outbox.c.created_at}
    connection.execute(update(outbox).where(_IS_WAITING, *is_untried).values(released))


def is_free_at(now: datetime) -> ColumnElement[bool]:
    """Build the condition that no sender has leased the row."""
    return or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)


def leads_its_digest(now: datetime) -> ColumnElement[bool]:
    """Build the condition: in no digest, or the first of one.

    The first is leased with all others, so two senders never make two mails of one digest.
    """
    has_earlier = exists().where(
        _earlier.c.account_id == outbox.c.account_id,
        _earlier.c.digest_at == outbox.c.digest_at,
        _earlier.c.status == MailStatus.WAITING.value,
        _earlier.c.due_at <= now,
        _earlier.c.id < outbox.c.id,
    )
    return or_(outbox.c.digest_at.is_(None), ~has_earlier)
