"""Digest schedule: when messages go out, and with which others.

Messages of a flood (`application.usage_limits`) have their digest already, whatever the recipient's preference.

The preference is read when a message is leased, so a change applies to waiting messages. Personal messages (a mention,
an assignment) go out at once.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, MailPace, find_account, find_accounts
from izarlink_tickets.outbox import MailKind, OutboxMessage
from izarlink_tickets.projections.history_queries import one_entry

# The start of a shift, in the recipient's time zone.
DAILY_AT = time(8)


def gather_mails(
    connection: Connection, messages: Sequence[OutboxMessage], *, now: datetime
) -> list[tuple[OutboxMessage, ...]]:
    """Return the mails to send now, each with its messages.

    messages: leased ones. now: aware UTC.
    """
    recipients = find_accounts(connection, ids={message.account_id for message in messages})
    gathering = {recipient.id for recipient in recipients if recipient.gathers_mails}
    mails = []
    for message in messages:
        is_gathered = message.account_id in gathering or message.digest_at is not None
        mails.append(tuple(digest_batch(connection, message, now=now)) if is_gathered else (message,))
    return [mail for mail in mails if mail]


def digest_batch(connection: Connection, message: OutboxMessage, *, now: datetime) -> list[OutboxMessage]:
    """Lease the messages of one mail, this leased one first.

    An empty list means that it now waits for its digest. now: aware UTC.
    """
    if message.digest_at:
        return [message, *outbox.lease_companions(connection, message, now=now)]
    recipient = find_account(connection, account_id=message.account_id)
    if recipient is None or not recipient.gathers_mails:
        return [message]
    if message.kind is not MailKind.TICKET or message.attempts or _is_personal(connection, message, recipient):
        return [message]
    outbox.add_to_digest(connection, message, at=digest_time(recipient, message.created_at))
    return []


def digest_time(recipient: Account, written_at: datetime) -> datetime:
    """Return when a message of that time goes out, aware UTC.

    Hourly digests go out at the end of the hour, daily ones at eight in the morning, in the recipient's time zone.
    """
    local = written_at.astimezone(ZoneInfo(recipient.timezone))
    if recipient.mail_pace is MailPace.HOURLY:
        past_the_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return written_at.astimezone(UTC) - past_the_hour + timedelta(hours=1)
    day = local.date() if local.time() < DAILY_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, DAILY_AT, local.tzinfo).astimezone(UTC)


def _is_personal(connection: Connection, message: OutboxMessage, recipient: Account) -> bool:
    timeline = one_entry(connection, recipient.actor, number=message.number or 0, entry=message.entry or 0)
    steps = [step for entry in timeline.entries for step in entry.steps]
    return any(
        recipient.id == step.facts.get("assignee_id") or recipient.id in step.facts.get("mentioned_ids", ())
        for step in steps
    )
