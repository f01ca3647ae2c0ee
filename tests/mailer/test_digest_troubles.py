"""Digests under failures: none is lost; only lost answers repeat one."""

from functools import partial

import pytest
from tests.faults.children import killed_at
from tests.mailer.digest_hours import TEN, choose, messages_to, statuses_of, wait_until_ten
from tests.mailer.mail_room import MailRoom
from tests.mailer.senders import send_through

from izarlink_tickets import outbox
from izarlink_tickets.accounts import MailPace
from izarlink_tickets.config import Settings
from izarlink_tickets.failpoints import EXIT_CODE, Point
from izarlink_tickets.mailer import sending
from izarlink_tickets.mailer.digests import digest_batch
from izarlink_tickets.outbox import digests as party
from izarlink_tickets.outbox.deliveries import send_again

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("stage", ["postgresql"], indirect=True)


@pytest.mark.parametrize(
    ("point", "copies", "rounds"),
    [
        # What had not begun goes out at once; what may have arrived, after a minute.
        pytest.param(Point.MAIL_CLAIMED, 1, (1, 0), marks=pytest.mark.fault(10)),
        pytest.param(Point.MAIL_AFTER_DOT, 2, (0, 1), marks=pytest.mark.fault(12)),
        pytest.param(Point.MAIL_ANSWERED, 2, (0, 1), marks=pytest.mark.fault(13)),
    ],
)
def test_a_digest_whose_mailer_was_killed_goes_out_again_under_its_name(
    quiet_room: MailRoom, settings: Settings, point: Point, copies: int, rounds: tuple[int, int]
) -> None:
    wait_until_ten(quiet_room)
    work = partial(send_through, server=quiet_room.office.server, at=TEN)
    exit_code = killed_at(point, work, settings=settings)

    at_once = quiet_room.send()
    quiet_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    after_a_minute = quiet_room.send()

    received = quiet_room.received("nora")
    # Killed before the office had answered, the message may not have come through.
    assert (exit_code, (at_once, after_a_minute)) == (EXIT_CODE, rounds)
    assert 1 <= len(received) <= copies
    assert len({mail.message_id for mail in received}) == 1
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
@pytest.mark.fault(25)
def test_a_refused_address_fails_only_the_messages_of_its_digest(quiet_room: MailRoom) -> None:
    quiet_room.office.has_no("nora@izarlink.example")
    choose(quiet_room, "sam", MailPace.HOURLY)
    quiet_room.open_tickets(2)
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    answers = {message.last_answer for message in messages_to(quiet_room, "nora")}
    assert statuses_of(quiet_room, "nora") == ["failed"] * 4
    assert answers == {"550 5.1.1 no such user"}
    assert statuses_of(quiet_room, "sam") == ["sent"] * 4


@on_sqlite
@pytest.mark.fault(23)
def test_a_deferred_digest_goes_out_whole_without_later_messages(quiet_room: MailRoom) -> None:
    quiet_room.office.will_answer("RCPT", "450 4.2.0 greylisted")
    wait_until_ten(quiet_room)
    quiet_room.send()
    quiet_room.open_ticket(title="Après dix heures")

    quiet_room.cast.clock.advance(minutes=1)
    quiet_room.send()

    assert "2 opérations" in quiet_room.mail_to("nora").text.replace("\N{NO-BREAK SPACE}", " ")
    assert [message.attempts for message in messages_to(quiet_room, "nora")] == [2, 2, 0]


@on_sqlite
def test_a_failed_digest_that_is_sent_again_by_hand_is_one_mail_again(quiet_room: MailRoom) -> None:
    cast, database = quiet_room.cast, quiet_room.portal.database
    quiet_room.office.has_no("nora@izarlink.example")
    wait_until_ten(quiet_room)
    quiet_room.send()
    ids = [message.id for message in messages_to(quiet_room, "nora")]
    quiet_room.office.has_no("nora@izarlink.example", "250 2.1.5 Ok")

    with database.command() as connection:
        send_again(connection, ids=ids, by=cast["sam"].id, now=cast.clock.advance(days=3))
    quiet_room.send()

    assert len(quiet_room.received("nora")) == 1
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
def test_a_digest_that_cannot_be_built_goes_out_message_by_message(
    quiet_room: MailRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "build_digest", partial(int, "no mail"))
    wait_until_ten(quiet_room)

    quiet_room.send()

    assert len(quiet_room.received("nora")) == 2
    assert statuses_of(quiet_room, "nora") == ["sent", "sent"]


@on_sqlite
def test_a_long_digest_comes_in_parts(quiet_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(party, "DIGEST_MAXIMUM", 2)
    quiet_room.open_tickets(3)
    quiet_room.send()
    wait_until_ten(quiet_room)

    quiet_room.send()

    received = quiet_room.received("nora")
    assert statuses_of(quiet_room, "nora") == ["sent"] * 5
    assert (len(received), len({mail.message_id for mail in received})) == (3, 3)


@on_postgresql
def test_two_mailers_at_the_same_moment_make_one_mail_of_a_digest(quiet_room: MailRoom) -> None:
    database = quiet_room.portal.database
    with database.command() as first:
        (leader,) = outbox.lease(first, now=TEN, limit=1)
        with database.command() as second:
            leased = outbox.lease(second, now=TEN)
        taken = digest_batch(first, leader, now=TEN)

    with database.command() as third:
        later = outbox.lease(third, now=TEN)

    assert ([message.account_id for message in leased], later) == ([], [])
    assert {message.id for message in taken} == {message.id for message in messages_to(quiet_room, "nora")}
