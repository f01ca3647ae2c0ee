"""Lost COMMITs and expired leases: outcomes count once, no mail repeats."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import Connection
from tests.faults.children import killed_at
from tests.mailer.digest_hours import statuses_of, wait_until_ten
from tests.mailer.mail_room import BRANDING, MailRoom, journal_in
from tests.mailer.post_office import DROP

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings, SmtpServer
from izarlink_tickets.database import CommitUnknown, Database, DatabaseUnreachable
from izarlink_tickets.failpoints import Point
from izarlink_tickets.mailer import Journal, JournalUnwritable, Mailer, ServerUnreachable, Smtp, sending
from izarlink_tickets.mailer.delivery import OutgoingMail

on_sqlite = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


class Unsteady(Database):
    """A database that loses the COMMIT of one command, counted from 1."""

    failing = 0
    calls = 0
    # Called within the transaction, or after its COMMIT.
    fail_before: Callable[[], None] = staticmethod(lambda: None)
    fail_after: Callable[[], None] = staticmethod(lambda: None)

    @contextmanager
    def command(self) -> Iterator[Connection]:
        self.calls += 1
        is_failing = self.calls == self.failing
        with super().command() as connection:
            yield connection
            if is_failing:
                self.fail_before()
        if is_failing:
            self.fail_after()


class ClosingOffice(Smtp):
    """A transport whose server is away at one delivery, counted from 1."""

    failing = 0
    deliveries = 0

    def deliver(self, mail: OutgoingMail, *, deadline: float) -> str:
        self.deliveries += 1
        if self.deliveries == self.failing:
            raise ServerUnreachable("as scripted")
        return super().deliver(mail, deadline=deadline)


@dataclass
class FailingSender:
    """A mailer whose database and transport fail as scripted."""

    database: Unsteady
    transport: ClosingOffice
    mailer: Mailer


def failing_sender(settings: Settings, server: SmtpServer, clock: Callable[[], datetime]) -> FailingSender:
    database = Unsteady(settings.database_url, data_dir=settings.data_dir)
    transport = ClosingOffice(server, sender=BRANDING.sender_address, host=BRANDING.host)
    journal = journal_in(settings.data_dir)
    mailer = Mailer(database, transport=transport, branding=BRANDING, clock=clock, journal=journal)
    return FailingSender(database, transport, mailer)


@pytest.fixture
def sender(room: MailRoom, settings: Settings) -> Iterator[FailingSender]:
    sender = failing_sender(settings, room.office.server, room.cast.clock)
    yield sender
    sender.database.close()


def fail(error: Exception) -> None:
    raise error


def end_at_the_second_commit(portal: Portal, *, server: SmtpServer, at: datetime) -> None:
    """Send until the second COMMIT fails; the calling process ends then."""
    sender = failing_sender(portal.settings, server, lambda: at)
    sender.database.failing = 2
    sender.database.fail_before = partial(fail, DatabaseUnreachable("as scripted"))
    with suppress(DatabaseUnreachable):
        sender.mailer.send_due()


@pytest.mark.fault(13)
def test_a_sender_that_ends_before_the_commit_of_its_outcomes_repeats_no_mail(
    busy_room: MailRoom, settings: Settings
) -> None:
    busy_room.open_tickets(sending.MOST_TOGETHER // 3)
    work = partial(end_at_the_second_commit, server=busy_room.office.server, at=busy_room.cast.clock.now)
    # The point is never reached: the process ends by itself.
    killed_at(Point.MIGRATION_STATEMENT, work, settings=settings)
    before = len(busy_room.received())

    busy_room.send_all()

    assert before > 0
    assert set(busy_room.copies().values()) == {1}
    assert {(message.status, message.attempts, message.doubts) for message in busy_room.messages()} == {("sent", 1, 0)}


def test_a_sender_that_was_stopped_leaves_the_leases_of_another(busy_room: MailRoom, sender: FailingSender) -> None:
    sender.transport.failing, sender.database.failing = 1, 2
    sender.database.fail_before = partial(fail, DatabaseUnreachable("as scripted"))
    with pytest.raises(DatabaseUnreachable):
        sender.mailer.send_due()
    busy_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    with busy_room.portal.database.command() as connection:
        leased = outbox.lease(connection, now=busy_room.cast.clock.now)

    sent = sender.mailer.send_due()

    assert (len(leased), sent) == (3, 0)


def test_a_deferral_of_a_sender_that_was_stopped_leaves_the_lease_of_another(busy_room: MailRoom) -> None:
    clock, database = busy_room.cast.clock, busy_room.portal.database
    with database.command() as connection:
        message, *_ = outbox.lease(connection, now=clock.now)
        outbox.lease(connection, now=clock.advance(seconds=outbox.LEASE_SECONDS))

    with database.command() as connection:
        outbox.schedule_retry(connection, message, now=clock.now, answer="451 4.3.0 try later", due_at=clock.now)
        outbox.defer(connection, message, now=clock.now, until=clock.now)
        leased = outbox.lease(connection, now=clock.now)

    assert leased == []


def test_an_outcome_whose_commit_had_no_answer_counts_once(
    busy_room: MailRoom, sender: FailingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_TOGETHER", 2)
    busy_room.office.will_answer("DATA", DROP)
    sender.database.failing, sender.database.fail_after = 2, partial(fail, CommitUnknown())
    with pytest.raises(CommitUnknown):
        sender.mailer.send_due()

    sent = sender.mailer.send_due()

    messages = sorted((message.status, message.attempts, message.doubts) for message in busy_room.messages())
    assert sent == 1
    assert messages == [("sent", 1, 0), ("sent", 1, 0), ("waiting", 1, 1)]


@on_sqlite
def test_a_digest_sent_message_by_message_repeats_none_when_the_server_goes_away(
    quiet_room: MailRoom, sender: FailingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "build_digest", partial(int, "no mail"))
    wait_until_ten(quiet_room)
    sender.transport.failing = 2
    with pytest.raises(ServerUnreachable):
        sender.mailer.send_due()

    sender.mailer.send_due()

    assert statuses_of(quiet_room, "nora") == ["sent"] * len(quiet_room.received("nora"))
    assert set(quiet_room.copies().values()) == {1}


@on_sqlite
def test_a_digest_sent_message_by_message_repeats_none_when_the_journal_fails(
    quiet_room: MailRoom, sender: FailingSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "build_digest", partial(int, "no mail"))
    wait_until_ten(quiet_room)
    with monkeypatch.context() as full_disk:
        full_disk.setattr(Journal, "record", lambda *_, **__: fail(JournalUnwritable("as scripted")))
        with pytest.raises(JournalUnwritable):
            sender.mailer.send_due()

    sender.mailer.send_due()

    assert len(quiet_room.received("nora")) == 2
    assert {(message.status, message.attempts, message.doubts) for message in quiet_room.messages()} == {("sent", 1, 0)}
