"""The mailer and the outbox: sent, deferred, failed and cancelled messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection
from tests.mailer.mail_room import BRANDING, MailRoom, change_account, journal_in
from tests.mailer.post_office import DROP, OK, closed_port, smtp_server

from izarlink_tickets import outbox
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database, DatabaseUnreachable
from izarlink_tickets.mailer import Mailer, ServerUnreachable, Smtp, UnfitMail, domain_pauses
from izarlink_tickets.outbox import MailStatus


def test_each_recipient_gets_the_mail_once(busy_room: MailRoom) -> None:
    sent, again = busy_room.send(), busy_room.send()

    assert (sent, again) == (3, 0)
    assert busy_room.readers() == ["alice", "nora", "sam"]
    assert busy_room.statuses() == {"alice": "sent", "nora": "sent", "sam": "sent"}


def test_the_answer_of_the_server_is_kept(busy_room: MailRoom) -> None:
    busy_room.send()

    message = busy_room.message_to("alice")
    assert (message.last_answer, message.attempts, message.doubts) == (OK, 1, 0)
    assert message.finished_at == busy_room.cast.clock.now


@pytest.mark.fault(23)
def test_a_deferred_mail_goes_out_later(busy_room: MailRoom) -> None:
    busy_room.office.has_no("alice@etxea.example", "450 4.2.0 greylisted")
    busy_room.send()
    message = busy_room.message_to("alice")
    busy_room.office.has_no("alice@etxea.example", "250 2.1.5 Ok")

    too_early = busy_room.send()
    in_time = busy_room.cast.clock.advance(minutes=1)
    sent = busy_room.send()

    assert (message.status, message.last_answer, message.due_at) == ("waiting", "450 4.2.0 greylisted", in_time)
    assert (too_early, sent) == (0, 1)
    assert busy_room.statuses() == {"alice": "sent", "nora": "sent", "sam": "sent"}


@pytest.mark.fault(25, 30)
def test_a_dead_address_does_not_stop_other_mails(busy_room: MailRoom) -> None:
    busy_room.office.has_no("alice@etxea.example")

    sent = busy_room.send()

    assert sent == 2
    assert busy_room.statuses() == {"alice": "failed", "nora": "sent", "sam": "sent"}
    assert busy_room.message_to("alice").last_answer == "550 5.1.1 no such user"


@pytest.mark.fault(30)
def test_a_slow_domain_is_paused(busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_pauses, "SLOW_SECONDS", 0.0)
    busy_room.open_ticket()
    busy_room.office.has_no(busy_room.cast["alice"].email, "451 4.4.1 no answer from the host")

    while busy_room.send():
        pass

    tried = sorted(
        message.attempts for message in busy_room.messages() if message.account_id == busy_room.cast["alice"].id
    )
    assert busy_room.readers() == ["nora", "nora", "sam", "sam"]
    assert tried == [0, 1]


@pytest.mark.fault(30)
def test_a_domain_that_answers_again_gets_all_its_mails(busy_room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain_pauses, "SLOW_SECONDS", 0.0)
    busy_room.open_ticket()
    busy_room.office.will_answer("RCPT", "451 4.4.1 no answer from the host")
    while busy_room.send():
        pass

    busy_room.send_all()

    assert set(busy_room.copies().values()) == {1}
    assert len(busy_room.copies()) == len(busy_room.messages())


@pytest.mark.parametrize(("hours", "status"), [(47, MailStatus.WAITING), (49, MailStatus.FAILED)])
def test_a_mail_to_a_slow_domain_is_given_up_after_two_days_too(
    busy_room: MailRoom, hours: int, *, status: MailStatus
) -> None:
    message, now = busy_room.message_to("alice"), busy_room.cast.clock.advance(hours=hours)

    with busy_room.portal.database.command() as connection:
        outbox.defer(connection, message, now=now, until=now + timedelta(minutes=1))

    assert busy_room.message_to("alice").status is status


def test_a_damaged_row_does_not_stop_other_mails(busy_room: MailRoom) -> None:
    change_account(busy_room, "alice", email="alice@etxea.example\r\nBcc: evil@example.com")

    sent = busy_room.send()

    assert sent == 2
    assert busy_room.statuses() == {"alice": "failed", "nora": "sent", "sam": "sent"}
    assert busy_room.message_to("alice").last_answer == "can't be built: UnfitMail"


@pytest.mark.fault(27)
def test_a_doubtful_attempt_is_counted_and_repeated_under_the_same_id(busy_room: MailRoom) -> None:
    busy_room.office.will_answer("DATA", DROP)
    busy_room.send()

    busy_room.cast.clock.advance(minutes=1)
    busy_room.send()

    ids = [mail.message_id for mail in busy_room.received()]
    assert (len(ids), len(set(ids))) == (4, 3)
    assert sum(message.doubts for message in busy_room.messages()) == 1
    assert busy_room.statuses() == {"alice": "sent", "nora": "sent", "sam": "sent"}


@pytest.mark.fault(24)
def test_a_mail_is_given_up_after_two_days_of_temporary_refusals(busy_room: MailRoom) -> None:
    busy_room.office.has_no("alice@etxea.example", "452 4.2.2 mailbox full")
    busy_room.send()

    busy_room.cast.clock.advance(hours=48)
    busy_room.send()

    message = busy_room.message_to("alice")
    assert (message.status, message.last_answer, message.attempts) == ("failed", "452 4.2.2 mailbox full", 2)


@pytest.mark.fault(20)
def test_a_server_that_is_down_costs_no_message_an_attempt(busy_room: MailRoom) -> None:
    transport = Smtp(smtp_server(closed_port()), sender=BRANDING.sender_address, host=BRANDING.host)
    clock = busy_room.cast.clock
    journal = journal_in(busy_room.portal.settings.data_dir)
    mailer = Mailer(busy_room.portal.database, transport=transport, branding=BRANDING, clock=clock, journal=journal)

    with pytest.raises(ServerUnreachable):
        mailer.send_due()

    assert [message.attempts for message in busy_room.messages()] == [0, 0, 0]
    assert busy_room.send() == 3


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_421_costs_no_message_an_attempt(busy_room: MailRoom, command: str) -> None:
    busy_room.office.will_answer(command, *["421 4.7.0 too many mails"] * 2)

    sent = busy_room.send()

    waiting = [message for message in busy_room.messages() if message.status is MailStatus.WAITING]
    assert [message.attempts for message in waiting] == [0] * (3 - sent)
    assert sent < 3
    busy_room.cast.clock.advance(minutes=2)
    assert sent + busy_room.send() == 3


@pytest.mark.fault(31)
def test_mails_of_a_ticket_go_out_in_the_order_of_its_entries(busy_room: MailRoom) -> None:
    for text in ("Un.", "Deux.", "Trois."):
        busy_room.portal.tickets.add_follow_up(busy_room.cast.context("sam"), number=busy_room.number, text=text)

    busy_room.send()

    urls = [mail.text.split("/tickets/1?")[1].split()[0] for mail in busy_room.received("alice")]
    assert urls == ["entree=1#e1", "entree=2#e2", "entree=3#e3", "entree=4#e4"]


# --- leases and marks -------------------------------------------------------------------------------------------------


def test_the_messages_of_a_sender_that_died_go_out_after_a_minute(busy_room: MailRoom) -> None:
    clock = busy_room.cast.clock
    with busy_room.portal.database.command() as connection:
        outbox.lease(connection, now=clock.now)

    clock.advance(seconds=59)
    too_early = busy_room.send()
    clock.advance(seconds=1)
    in_time = busy_room.send()

    assert (too_early, in_time) == (0, 3)


class Unsteady(Database):
    """A database whose commands fail at chosen calls, counted from 1."""

    fails_at: frozenset[int] = frozenset()
    calls = 0

    @contextmanager
    def command(self) -> Iterator[Connection]:
        self.calls += 1
        if self.calls in self.fails_at:
            raise DatabaseUnreachable("as scripted")
        with super().command() as connection:
            yield connection


@pytest.fixture
def unsteady(settings: Settings) -> Iterator[Unsteady]:
    database = Unsteady(settings.database_url, data_dir=settings.data_dir)
    yield database
    database.close()


def test_a_sent_mail_that_could_not_be_recorded_is_not_sent_again(busy_room: MailRoom, unsteady: Unsteady) -> None:
    mailer = busy_room.another_mailer(unsteady)
    # The first call leases the message, the second records its outcome.
    unsteady.fails_at = frozenset({2, 3})

    for _ in range(2):
        with pytest.raises(DatabaseUnreachable):
            mailer.send_due()
    mailer.send_due()

    assert busy_room.readers() == ["alice", "nora", "sam"]
    assert busy_room.statuses() == {"alice": "sent", "nora": "sent", "sam": "sent"}


# --- a trial mail -----------------------------------------------------------------------------------------------------


def test_a_test_mail_goes_past_the_outbox(room: MailRoom) -> None:
    answer = room.mailer.send_test("ops@izarlink.example")

    assert answer == OK
    assert [mail.recipient for mail in room.received()] == ["ops@izarlink.example"]
    assert "L’envoi des mails fonctionne." in room.received()[0].text
    assert room.messages() == []


def test_a_test_mail_to_an_invalid_address_is_refused(room: MailRoom) -> None:
    with pytest.raises(UnfitMail):
        room.mailer.send_test("ops@izarlink.example, root@izarlink.example")

    assert room.received() == []
