"""The journal of a killed mailer."""

from functools import partial
from pathlib import Path

import pytest
from tests.faults.children import killed_at
from tests.mailer.mail_room import MailRoom, journal_in
from tests.mailer.senders import send_through

from izarlink_tickets import outbox
from izarlink_tickets.config import Settings
from izarlink_tickets.failpoints import Point
from izarlink_tickets.mailer import JOURNALS, Journal, JournalUnwritable, journal


def kill_a_mailer(room: MailRoom, settings: Settings, point: Point, *, nth: int = 1) -> None:
    """Send in a child until it dies at the failpoint's nth pass."""
    work = partial(send_through, server=room.office.server, at=room.cast.clock.now)
    killed_at(point, work, settings=settings, nth=nth)


def journals_of(room: MailRoom) -> list[Path]:
    return sorted((room.portal.settings.data_dir / JOURNALS).iterdir())


@pytest.mark.fault(13)
def test_one_of_many_mails_is_in_doubt_after_a_kill_and_the_doubt_is_shown(
    busy_room: MailRoom, settings: Settings
) -> None:
    busy_room.open_tickets(2)
    kill_a_mailer(busy_room, settings, Point.MAIL_ANSWERED, nth=6)

    at_once = busy_room.send()
    busy_room.cast.clock.advance(minutes=1)
    after_a_minute = busy_room.send()

    messages = busy_room.messages()
    assert (at_once, after_a_minute) == (3, 1)
    assert sorted(busy_room.copies().values()) == [1] * 8 + [2]
    assert sorted((message.doubts, message.attempts) for message in messages) == [(0, 1)] * 8 + [(1, 2)]
    assert [message.id for message in messages if message.doubts] == [
        key for key, count in busy_room.copies().items() if count == 2
    ]


@pytest.mark.fault(10)
def test_what_a_killed_mailer_had_not_begun_goes_out_at_once_and_without_doubt(
    busy_room: MailRoom, settings: Settings
) -> None:
    kill_a_mailer(busy_room, settings, Point.MAIL_CLAIMED)

    sent = busy_room.send()

    assert sent == 3
    assert [(message.attempts, message.doubts) for message in busy_room.messages()] == [(1, 0)] * 3
    assert journals_of(busy_room) == []


@pytest.mark.fault(13)
def test_after_a_power_cut_all_mails_under_the_lease_are_in_doubt(
    busy_room: MailRoom, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kill_a_mailer(busy_room, settings, Point.MAIL_ANSWERED)
    boot = tmp_path / "boot_id"
    boot.write_text("another")
    monkeypatch.setattr(journal, "_BOOT_ID", boot)

    at_once = busy_room.send()
    busy_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    after_the_lease = busy_room.send()

    assert (at_once, after_the_lease) == (0, 3)
    assert [message.doubts for message in busy_room.messages()] == [1, 1, 1]


def test_a_journal_that_is_cut_off_tells_what_precedes(busy_room: MailRoom, settings: Settings) -> None:
    kill_a_mailer(busy_room, settings, Point.MAIL_ANSWERED, nth=3)
    (path,) = journals_of(busy_room)
    path.write_bytes(path.read_bytes()[:-5])

    sent = busy_room.send()

    statuses = sorted(message.status.value for message in busy_room.messages())
    assert (sent, statuses) == (1, ["sent", "sent", "sent"])


def test_what_is_recorded_already_is_not_recorded_twice(busy_room: MailRoom, settings: Settings) -> None:
    kill_a_mailer(busy_room, settings, Point.MAIL_ANSWERED, nth=3)
    (path,) = journals_of(busy_room)
    content = path.read_bytes()
    busy_room.send()
    path.write_bytes(content)

    busy_room.send()

    assert sorted(message.attempts for message in busy_room.messages()) == [1, 1, 1]


def test_a_journal_of_a_living_mailer_is_left_alone(busy_room: MailRoom) -> None:
    living = journal_in(busy_room.portal.settings.data_dir)
    living.lease(busy_room.messages(), leased_until=busy_room.cast.clock.now)

    busy_room.send()

    assert len(journals_of(busy_room)) == 1
    living.close()
    assert journals_of(busy_room) == []


@pytest.fixture
def unwritable(busy_room: MailRoom) -> Path:
    """Put a file where the folder of the journals should be."""
    folder = busy_room.portal.settings.data_dir / JOURNALS
    folder.write_bytes(b"")
    return folder


def test_without_a_journal_no_mail_is_sent_and_none_stays_leased(busy_room: MailRoom, unwritable: Path) -> None:
    with pytest.raises(JournalUnwritable):
        busy_room.send()
    unwritable.unlink()

    sent = busy_room.send()

    assert (sent, [message.attempts for message in busy_room.messages()]) == (3, [1, 1, 1])


def test_a_journal_is_empty_before_it_begins(tmp_path: Path) -> None:
    assert list(Journal(tmp_path).abandoned()) == []
