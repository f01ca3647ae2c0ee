"""Signing in, links, recorded events and enqueued mails, for the tests."""

from sqlalchemy import select
from tests.cast import PASSWORD, Clock

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Purpose, create_token
from izarlink_tickets.application import Portal
from izarlink_tickets.application.visits import Visitor
from izarlink_tickets.domain.account import ACCOUNT_EVENTS
from izarlink_tickets.event_store import events

ANOTHER_PASSWORD = "quatre chevaux jaunes 88"


def sign_in(
    portal: Portal,
    clock: Clock,
    email: str,
    password: str = PASSWORD,
    *,
    address: str = "192.0.2.7",
    browsers: str = "",
) -> Visitor:
    return portal.sign_ins.sign_in(
        identifier=email,
        password=password,
        remote_address=address,
        user_agent="Firefox",
        now=clock(),
        known_browsers=browsers,
    )


def account_events(portal: Portal) -> list[str]:
    """List the account events of the log by class name, oldest first."""
    names = {event.TOPIC: event.__name__ for event in ACCOUNT_EVENTS}
    with portal.database.query() as connection:
        topics = connection.execute(select(events.c.topic).order_by(events.c.position)).scalars()
        return [names[topic] for topic in topics if topic in names]


def enqueued(portal: Portal, kind: outbox.MailKind) -> list[str]:
    """List the accounts that a waiting mail of this kind goes to."""
    with portal.database.query() as connection:
        waiting = (outbox.outbox.c.kind == kind.value, outbox.outbox.c.status == "waiting")
        return [message.account_id for message in outbox.list_messages(connection, *waiting)]


def link(portal: Portal, account_id: str, purpose: Purpose, clock: Clock, data: str | None = None) -> str:
    with portal.database.command() as connection:
        return create_token(connection, account_id=account_id, purpose=purpose, now=clock(), data=data)
