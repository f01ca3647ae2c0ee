"""Several mailers at once: no mail is lost or repeated."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.mailer.mail_room import MailRoom
from tests.mailer.senders import send_all

from izarlink_tickets import outbox
from izarlink_tickets.config import Settings

ROOT = Path(__file__).parents[2]
MAILS, MAILERS = 200, 4


@pytest.fixture
def full_room(busy_room: MailRoom) -> MailRoom:
    """Return a room with two hundred messages, all to alice."""
    busy_room.fill(MAILS)
    return busy_room


@contextmanager
def sender(room: MailRoom, settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """Start a sending process; kill it at the end of the block."""
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


def test_processes_share_the_work(full_room: MailRoom, settings: Settings) -> None:
    with sender(full_room, settings) as first, sender(full_room, settings) as second:
        sent = [int(process.communicate(timeout=180)[0]) for process in (first, second)]

    assert sum(sent) == MAILS
    assert list(full_room.copies().values()) == [1] * MAILS
    assert {message.status for message in full_room.messages()} == {outbox.MailStatus.SENT}


def test_threads_share_the_work(full_room: MailRoom) -> None:
    mailers = [full_room.another_mailer() for _ in range(MAILERS)]

    with ThreadPoolExecutor(MAILERS) as threads:
        sent = list(threads.map(send_all, mailers))

    assert sum(sent) == MAILS
    assert list(full_room.copies().values()) == [1] * MAILS
