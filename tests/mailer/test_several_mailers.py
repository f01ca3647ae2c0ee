"""Mailers beside each other, and one that is killed: nobody is told twice, and nothing is lost (faults 10–15, I4)."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from tests.mailer.mail_room import MailRoom
from tests.mailer.post_office import HANG, WAIT_SECONDS
from tests.mailer.senders import send_all

from izarlink_tickets import outbox
from izarlink_tickets.config import Settings

ROOT = Path(__file__).parents[2]
LETTERS, MAILERS = 200, 4


@pytest.fixture
def full_room(busy_room: MailRoom) -> MailRoom:
    """Give a room with two hundred letters to alice, and no others."""
    cast, now = busy_room.cast, busy_room.cast.clock.now
    with busy_room.portal.database.command() as connection:
        outbox.write_off(connection, now=now)
        for nth in range(LETTERS):
            outbox.post(
                connection,
                kind=outbox.Kind.TICKET,
                actor_id=cast["sam"].id,
                command_id=str(UUID(int=10_000 + nth)),
                account_id=cast["alice"].id,
                number=busy_room.number,
                entry=1,
                now=now,
            )
    return busy_room


@contextmanager
def sender(room: MailRoom, settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that sends what is due; it is killed at the end of the block if it still runs."""
    port, now = str(room.office.server.port), room.cast.clock.now.isoformat()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mailer.senders", settings.database_url, str(settings.data_dir), port, now],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def copies(room: MailRoom) -> list[int]:
    """Say how often each message came in."""
    return sorted(Counter(mail.message_id for mail in room.received()).values())


def test_processes_share_the_work(full_room: MailRoom, settings: Settings) -> None:
    with sender(full_room, settings) as one, sender(full_room, settings) as another:
        sent = [int(process.communicate(timeout=60)[0]) for process in (one, another)]

    assert sum(sent) == LETTERS
    assert copies(full_room) == [1] * LETTERS
    assert {letter.status for letter in full_room.letters()} == {outbox.Status.SENT}


def test_threads_share_the_work(full_room: MailRoom) -> None:
    mailers = [full_room.another_mailer() for _ in range(MAILERS)]

    with ThreadPoolExecutor(MAILERS) as threads:
        sent = list(threads.map(send_all, mailers))

    assert sum(sent) == LETTERS
    assert copies(full_room) == [1] * LETTERS


def test_a_mail_whose_sender_was_killed_before_the_answer_goes_out_again_once_the_lease_is_over(
    busy_room: MailRoom, settings: Settings
) -> None:
    busy_room.office.will_answer("DATA", HANG)
    with sender(busy_room, settings):
        assert busy_room.office.has_mail.wait(WAIT_SECONDS)

    others = busy_room.send()
    busy_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    again = busy_room.send()

    assert (others, again) == (2, 1)
    assert copies(busy_room) == [1, 1, 2]
