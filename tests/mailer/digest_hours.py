"""Digests at ten o’clock: preferences, waiting messages, the clock."""

from datetime import UTC, datetime

from tests.mailer.mail_room import MailRoom

from izarlink_tickets.accounts import MailPace, Preferences
from izarlink_tickets.outbox import OutboxMessage

# The tests start on 2 November 2026 at nine in the morning, in Paris.
TEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def choose(room: MailRoom, name: str, pace: MailPace) -> None:
    room.portal.profiles.save_preferences(room.cast[name].id, preferences=Preferences(mail_pace=pace))


def messages_to(room: MailRoom, name: str) -> list[OutboxMessage]:
    return [message for message in room.messages() if message.account_id == room.cast[name].id]


def statuses_of(room: MailRoom, name: str) -> list[str]:
    return [message.status.value for message in messages_to(room, name)]


def wait_until_ten(room: MailRoom) -> None:
    room.cast.clock.now = TEN
