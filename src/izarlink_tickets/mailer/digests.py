"""When the letters of somebody who wants digests go out, and with which others.

Asked when a letter is taken, so that the letters that wait are told by what their reader wants now. What is meant for
the reader alone, a mention or a ticket given to them, goes at once.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Account, MailPace, find_account
from izarlink_tickets.outbox import LEASE_SECONDS, MailKind, OutboxMessage
from izarlink_tickets.projections.history_queries import one_entry

# Of the day in the reader's time zone: when a shift begins.
DAILY_AT = time(8)


def digest_batch(connection: Connection, message: OutboxMessage, *, now: datetime) -> list[OutboxMessage]:
    """Give the letters that go out in one mail with this one, itself first; none where it now waits for its digest.

    letter: leased; the others are leased here. now: aware UTC.
    """
    reader = find_account(connection, account_id=message.account_id)
    if reader is None or not reader.gathers_mails:
        return [message]
    if message.digest_at:
        return [message, *outbox.lease_companions(connection, message, now=now, seconds=LEASE_SECONDS)]
    if message.kind is not MailKind.TICKET or message.attempts or _is_for_reader_alone(connection, message, reader):
        return [message]
    outbox.add_to_digest(connection, message, at=digest_time(reader, message.created_at))
    return []


def digest_time(reader: Account, written_at: datetime) -> datetime:
    """Say when what was written at that moment goes out, aware UTC: the end of its hour, or eight in the morning."""
    local = written_at.astimezone(ZoneInfo(reader.timezone))
    if reader.mail_pace is MailPace.HOURLY:
        begun = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return written_at.astimezone(UTC) - begun + timedelta(hours=1)
    day = local.date() if local.time() < DAILY_AT else local.date() + timedelta(days=1)
    return datetime.combine(day, DAILY_AT, local.tzinfo).astimezone(UTC)


def _is_for_reader_alone(connection: Connection, message: OutboxMessage, reader: Account) -> bool:
    found = one_entry(connection, reader.person, number=message.number or 0, entry=message.entry or 0)
    facts = [step.facts for entry in found.entries for step in entry.steps]
    return any(one.get("assignee_id") == reader.id or reader.id in one.get("mentioned_ids", ()) for one in facts)
