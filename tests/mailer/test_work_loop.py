"""The work loop goes on after failures and logs them once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from structlog.testing import capture_logs
from tests.mailer.mail_room import MailRoom
from tests.mailer.post_office import WAIT_SECONDS

from izarlink_tickets.database import DatabaseUnreachable
from izarlink_tickets.mailer import Mailer, run, work_loop


@contextmanager
def running(mailer: Mailer, *works: Callable[[], object]) -> Iterator[Event]:
    """Run the loop inside the block, and yield its wake event."""
    stop, wake = Event(), Event()
    thread = Thread(target=run, args=(mailer, stop, works), kwargs={"wake": wake})
    thread.start()
    try:
        yield wake
    finally:
        stop.set()
        wake.set()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()


class Work:
    """Work that fails a number of times, and signals its last run."""

    def __init__(self, *failures: Exception, times: int) -> None:
        self._failures = iter(failures)
        self._left = times
        self.is_done = Event()

    def __call__(self) -> bool:
        self._left -= 1
        if self._left == 0:
            self.is_done.set()
        failure = next(self._failures, None)
        if failure:
            raise failure
        # There is always more: the loop doesn't wait.
        return True


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_loop, "PAUSE_SECONDS", 0.0)


def test_a_mail_that_is_due_goes_out(room: MailRoom) -> None:
    with running(room.mailer) as wake:
        room.open_ticket()
        wake.set()

        assert room.office.has_mail.wait(WAIT_SECONDS)


def test_other_due_work_gets_its_turn(room: MailRoom) -> None:
    first, second = Work(times=3), Work(times=3)

    with running(room.mailer, first, second):
        assert first.is_done.wait(WAIT_SECONDS)
        assert second.is_done.wait(WAIT_SECONDS)


def test_a_series_of_failures_is_logged_when_it_begins_and_when_it_ends(room: MailRoom, no_pause: None) -> None:
    down = DatabaseUnreachable("down")
    work = Work(down, down, down, times=5)

    with capture_logs() as logs, running(room.mailer, work):
        assert work.is_done.wait(WAIT_SECONDS)

    logged = [(line["log_level"], line["event"]) for line in logs]
    assert logged == [("warning", "work_failing"), ("info", "work_resumed")]


def test_a_bug_is_logged_with_its_traceback_and_stops_nothing_else(room: MailRoom) -> None:
    broken, sound = Work(ZeroDivisionError("ours"), times=1), Work(times=5)

    with capture_logs() as logs, running(room.mailer, broken, sound):
        assert broken.is_done.wait(WAIT_SECONDS)
        assert sound.is_done.wait(WAIT_SECONDS)

    (line,) = [line for line in logs if line["event"] == "work_failing"]
    assert (line["error"], type(line["exc_info"])) == ("ZeroDivisionError", ZeroDivisionError)


def test_failing_work_pauses(room: MailRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_loop, "PAUSE_SECONDS", WAIT_SECONDS)
    down, sound = Work(DatabaseUnreachable("down"), times=2), Work(times=50)

    with running(room.mailer, down, sound):
        assert sound.is_done.wait(WAIT_SECONDS)

    assert not down.is_done.is_set()
