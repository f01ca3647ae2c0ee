"""Digests: messages to one recipient that go out as one mail.

Each message keeps its own row and outcome. The mailer decides which messages go into a digest.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Select, bindparam, case, exists, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from izarlink_tickets.database import Timestamp
from izarlink_tickets.outbox.table import COLUMNS, MailStatus, OutboxMessage, message_of, outbox

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
    """Lease the other messages of a digest."""
    companions = (
        select(outbox.c.id)
        .where(_IS_WAITING, outbox.c.account_id == message.account_id, outbox.c.digest_at == message.digest_at)
        .where(outbox.c.due_at <= now, is_free_at(now))
        .order_by(outbox.c.number, outbox.c.entry)
        .limit(DIGEST_MAXIMUM - 1)
    )
    return lease_rows(connection, lease_statement(companions), now=now)


def lease_statement(ids: Select[tuple[str]]) -> ReturningUpdate[Any]:
    """Build the statement that leases the selected messages.

    It skips those that another sender is leasing at this moment. An expired lease means that a sender died or lost the
    database: its mail may have arrived.
    """
    free_ids = ids.with_for_update(skip_locked=True).cte("free_ids")
    doubts = case((outbox.c.leased_until.is_(None), outbox.c.doubts), else_=outbox.c.doubts + 1)
    leased = update(outbox).where(outbox.c.id.in_(select(free_ids.c.id)))
    return leased.values(leased_until=bindparam("until", type_=Timestamp), doubts=doubts).returning(*COLUMNS)


def lease_rows(
    connection: Connection, statement: ReturningUpdate[Any], *, now: datetime, **values: object
) -> list[OutboxMessage]:
    """Run a statement of `lease_statement`; return messages in order."""
    until = now + timedelta(seconds=LEASE_SECONDS)
    rows = connection.execute(statement, {"now": now, "until": until, **values}).mappings()
    return sorted((message_of(row) for row in rows), key=_sort_key)


def release_digests(connection: Connection, *, account_id: str) -> None:
    """Release the account's untried digest messages at once."""
    is_untried = (outbox.c.account_id == account_id, outbox.c.digest_at.is_not(None), outbox.c.attempts == 0)
    released = {"digest_at": None, "due_at": outbox.c.created_at}
    connection.execute(update(outbox).where(_IS_WAITING, *is_untried).values(released))


def is_free_at(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Build the condition that no sender has leased the row."""
    return or_(outbox.c.leased_until.is_(None), outbox.c.leased_until <= now)


def leads_its_digest(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
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


def _sort_key(message: OutboxMessage) -> tuple[datetime, int, int, str]:
    return message.created_at, message.number or 0, message.entry or 0, message.id
