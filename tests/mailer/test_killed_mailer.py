"""A killed mailer: nothing is lost; only an unrecorded mail may repeat."""

import random
import signal
import time
from collections.abc import Callable
from functools import partial

import pytest
from tests.faults.children import WAIT_SECONDS, killed_at, working
from tests.mailer.mail_room import MailRoom
from tests.mailer.senders import send_through

from izarlink_tickets import outbox
from izarlink_tickets.config import Settings
from izarlink_tickets.failpoints import EXIT_CODE, Point

# In the suite, and in a long run.
KILLS, TICKETS = (4, 100), (40, 1000)
# A mail takes some milliseconds; a new process a tenth of a second until its first.
LIFE_SECONDS = 0.1


def send_in_a_child(room: MailRoom, settings: Settings, point: Point) -> int | None:
    """Send until the process dies at the failpoint; return its exit code."""
    return killed_at(point, partial(send_through, server=room.office.server, at=room.cast.clock.now), settings=settings)


@pytest.mark.parametrize(
    ("point", "repeats"),
    [
        pytest.param(Point.MAIL_CLAIMED, 0, marks=pytest.mark.fault(10)),
        pytest.param(Point.MAIL_BEFORE_CONNECT, 0, marks=pytest.mark.fault(11)),
        pytest.param(Point.MAIL_AFTER_DOT, 1, marks=pytest.mark.fault(12)),
        pytest.param(Point.MAIL_ANSWERED, 1, marks=pytest.mark.fault(13)),
    ],
)
def test_a_message_leased_by_a_killed_mailer_goes_out_when_its_lease_expires(
    busy_room: MailRoom, settings: Settings, point: Point, repeats: int
) -> None:
    exit_code = send_in_a_child(busy_room, settings, point)

    busy_room.send()
    busy_room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
    busy_room.send()

    assert exit_code == EXIT_CODE
    assert busy_room.statuses() == {"alice": "sent", "nora": "sent", "sam": "sent"}
    assert sorted(busy_room.copies()) == sorted(message.id for message in busy_room.messages())
    assert busy_room.copies().total() - 3 <= repeats


@pytest.mark.fault(14)
def test_a_deferred_message_goes_out_though_its_mailer_died(busy_room: MailRoom, settings: Settings) -> None:
    busy_room.office.will_answer("RCPT", "450 4.2.0 greylisted")
    exit_code = send_in_a_child(busy_room, settings, Point.MAIL_PUT_OFF)

    at_once = busy_room.send()
    busy_room.cast.clock.advance(minutes=1)
    later = busy_room.send()

    assert (exit_code, at_once, later) == (EXIT_CODE, 2, 1)
    assert set(busy_room.copies().values()) == {1}


@pytest.mark.fault(15)
def test_mailers_killed_at_any_moment_lose_nothing(
    busy_room: MailRoom, settings: Settings, rounds: Callable[[int, int], int]
) -> None:
    kills = rounds(*KILLS)
    busy_room.open_tickets(rounds(*TICKETS))

    send_through_kills(busy_room, settings, kills=kills)
    busy_room.send_all()

    copies, messages = busy_room.copies(), busy_room.messages()
    assert {message.status for message in messages} == {outbox.MailStatus.SENT}
    assert set(copies) == {message.id for message in messages}
    assert copies.total() - len(messages) <= kills


def send_through_kills(room: MailRoom, settings: Settings, *, kills: int) -> None:
    """Run mailers a minute apart, each killed after its first mail."""
    for _ in range(kills):
        room.office.has_mail.clear()
        with working(partial(send_through, server=room.office.server, at=room.cast.clock.now), settings) as child:
            assert room.office.has_mail.wait(WAIT_SECONDS)
            # S311: any moment will do.
            time.sleep(random.uniform(0, LIFE_SECONDS))  # noqa: S311
            child.kill()
            child.join(WAIT_SECONDS)
            assert child.exitcode == -signal.SIGKILL
        room.cast.clock.advance(seconds=outbox.LEASE_SECONDS)
