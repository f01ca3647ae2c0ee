"""Rows of the outbox: outcomes, pauses, leases and digests."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

import pytest
from tests.cast import Cast

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailKind, MailStatus, OutboxMessage, message_id_of
from izarlink_tickets.outbox.deliveries import send_again


def test_a_message_id_is_a_uuid_of_command_and_recipient():
    message_id = message_id_of(actor_id="alice", command_id="é", account_id="bob", kind=MailKind.TICKET)

    assert message_id == str(uuid5(NAMESPACE_URL, "izarlink:ticket:alice:é:bob"))


def only_message(portal: Portal) -> OutboxMessage:
    with portal.database.query() as connection:
        (message,) = outbox.list_messages(connection, outbox.outbox.c.kind == MailKind.EMAIL_CHANGED.value)
    return message


@pytest.fixture
def notice(portal: Portal, cast: Cast) -> OutboxMessage:
    """Enqueue a notice to an address that the account no longer has."""
    with portal.database.command() as connection:
        outbox.enqueue(
            connection,
            kind=MailKind.EMAIL_CHANGED,
            actor_id=cast["alice"].id,
            command_id="11111111-1111-4111-8111-111111111111",
            account_id=cast["alice"].id,
            address="old@etxea.example",
            now=cast.clock(),
        )
    return only_message(portal)


@pytest.mark.parametrize(
    ("status", "address"),
    [(MailStatus.SENT, None), (MailStatus.CANCELLED, None), (MailStatus.FAILED, "old@etxea.example")],
)
def test_only_a_failed_message_keeps_the_old_address(
    portal: Portal, cast: Cast, notice: OutboxMessage, status: MailStatus, *, address: str | None
) -> None:
    with portal.database.command() as connection:
        outbox.finish(connection, notice, status=status, now=cast.clock(), answer="550 unknown")

    assert (only_message(portal).status, only_message(portal).address) == (status, address)


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(hours=47), MailStatus.WAITING), (timedelta(hours=49), MailStatus.FAILED)]
)
def test_a_message_is_given_up_after_two_days_with_its_doubts(
    portal: Portal, cast: Cast, notice: OutboxMessage, age: timedelta, status: MailStatus
) -> None:
    with portal.database.command() as connection:
        outbox.schedule_retry(connection, notice, now=cast.clock() + age, answer="cut off", is_doubtful=True)

    after = only_message(portal)
    assert (after.status, after.attempts, after.doubts) == (status, 1, 1)


def fail_until_retried(portal: Portal, cast: Cast) -> timedelta:
    """Fail the message, advance to its next attempt, return the pause."""
    now = cast.clock()
    with portal.database.command() as connection:
        outbox.schedule_retry(connection, only_message(portal), now=now, answer="451 try later")
    cast.clock.now = only_message(portal).due_at
    return cast.clock() - now


def test_the_pauses_between_attempts_grow_to_an_hour(portal: Portal, cast: Cast, notice: OutboxMessage) -> None:
    pauses = [fail_until_retried(portal, cast) for _ in range(5)]

    assert pauses == [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 60)]


def test_a_retried_message_is_due_again(portal: Portal, cast: Cast, notice: OutboxMessage) -> None:
    with portal.database.command() as connection:
        outbox.finish(connection, notice, status=MailStatus.FAILED, now=cast.clock(), answer="550 unknown")

    with portal.database.command() as connection:
        count = send_again(connection, ids=[notice.id], by=cast["sam"].id, now=cast.clock())

    with portal.database.query() as connection:
        assert (count, outbox.has_due(connection, now=cast.clock())) == (1, True)


def test_a_leased_message_is_hidden_until_the_lease_expires(portal: Portal, cast: Cast, notice: OutboxMessage) -> None:
    def lease(at: timedelta) -> list[str]:
        with portal.database.command() as connection:
            return [message.id for message in outbox.lease(connection, now=cast.clock() + at)]

    leased = [lease(timedelta(seconds=second)) for second in (0, 1, 59, 60)]

    assert leased == [[notice.id], [], [], [notice.id]]


@pytest.fixture
def digest(portal: Portal, cast: Cast) -> list[OutboxMessage]:
    """Return the two messages of a due digest, leader first."""
    with portal.database.command() as connection:
        for number in (1, 2):
            outbox.enqueue(
                connection,
                kind=MailKind.TICKET,
                actor_id=cast["alice"].id,
                command_id=f"11111111-1111-4111-8111-11111111111{number}",
                account_id=cast["sam"].id,
                number=number,
                entry=1,
                now=cast.clock(),
            )
        messages = outbox.list_messages(connection, outbox.outbox.c.kind == MailKind.TICKET.value)
        for message in messages:
            outbox.add_to_digest(connection, message, at=cast.clock())
        in_digest = outbox.list_messages(connection, outbox.outbox.c.kind == MailKind.TICKET.value)
    return sorted(in_digest, key=lambda message: message.id)


def test_a_digest_leaves_out_a_message_that_another_sender_has_leased(
    portal: Portal, cast: Cast, digest: list[OutboxMessage]
) -> None:
    leader, companion = digest
    with portal.database.command() as connection:
        outbox.schedule_retry(connection, leader, now=cast.clock(), answer="451 try later")
        leased_by_other = outbox.lease(connection, now=cast.clock.advance(seconds=30))

    with portal.database.command() as connection:
        leased = outbox.lease(connection, now=cast.clock.advance(seconds=30))
        companions = outbox.lease_companions(connection, leader, now=cast.clock())

    assert [message.id for message in leased_by_other] == [companion.id]
    assert [message.id for message in leased] == [leader.id]
    assert companions == []
