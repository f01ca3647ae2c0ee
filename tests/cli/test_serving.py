"""`serve` and `work` as processes: start, work, stop."""

import base64
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator

import psutil
import pytest
from tests.cast import Cast
from tests.cli.conftest import Command, on_sqlite
from tests.cli.processes import Running, children_of, memory_bytes, started, wait_until
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.cli.work_process import NICENESS
from izarlink_tickets.config import Settings

MEGABYTE = 1 << 20
GRACE_SECONDS = 25  # less than the grace period of a worker that missed the signal


def niceness_of(running: Running) -> list[int]:
    """Return the priority of each child, relative to its parent's."""
    own = psutil.Process(running.process.pid).nice()
    return [child.nice() - own for child in children_of(running.process)]


def work_process_of(running: Running) -> psutil.Process | None:
    """Return the process of the mails; None while it is being replaced."""
    own = psutil.Process(running.process.pid).nice()
    return next((child for child in children_of(running.process) if child.nice() - own == NICENESS), None)


@pytest.fixture
def serving(settings: Settings) -> Iterator[Running]:
    """Start the server and wait until it is ready."""
    with started("serve", settings=settings) as running:
        wait_until(running.answers, while_alive=running.process)
        yield running


def test_it_serves_pages_and_prints_its_address(serving: Running):
    assert serving.get("/-/live") == (200, b"ok\n")
    assert serving.get("/connexion")[0] == 200
    assert serving.out.read_text() == f"IzarLink support is on http://127.0.0.1:{serving.port} (Ctrl-C stops it).\n"
    assert serving.err.read_text() == ""


@on_sqlite
def test_it_has_as_many_workers_as_the_settings_say_and_one_process_for_mails(settings: Settings):
    with started("serve", settings=settings, WORKERS="3") as running:
        wait_until(lambda: sorted(niceness_of(running)) == [0, 0, 0, NICENESS], while_alive=running.process)


@on_sqlite
def test_it_is_small(serving: Running):
    serving.get("/connexion")

    assert memory_bytes(serving.process) < 140 * MEGABYTE


@on_sqlite
@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_on_a_signal_and_leaves_no_process_behind(serving: Running, with_signal: int):
    children = children_of(serving.process)

    code = serving.end(with_signal)

    assert code == 0
    assert not any(child.is_running() for child in children)


@on_sqlite
def test_it_stops_at_once_right_after_the_start(settings: Settings):
    with started("serve", settings=settings) as running:
        wait_until(lambda: running.out.read_text() != "", while_alive=running.process)
        before = time.monotonic()
        code = running.end()

    assert code == 0
    assert time.monotonic() - before < GRACE_SECONDS


@on_sqlite
def test_a_request_under_way_is_answered_before_the_server_stops(serving: Running):
    half, rest = b"POST /connexion HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nident", b"=abc"
    with socket.create_connection(("127.0.0.1", serving.port)) as connection:
        connection.sendall(half)
        # A later request is answered: by now the first one is under way.
        serving.get("/-/live")
        ending = threading.Thread(target=serving.end)
        ending.start()
        wait_until(lambda: not serving.answers())
        connection.sendall(rest)
        response = connection.makefile("rb").readline()
    ending.join()

    assert response.startswith(b"HTTP/1.1 ")
    assert serving.process.returncode == 0


@on_sqlite
def test_a_malformed_chunked_body_is_a_bad_request(serving: Running):
    head = b"POST /connexion HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
    with socket.create_connection(("127.0.0.1", serving.port)) as connection:
        connection.sendall(head + b"Content-Type: application/x-www-form-urlencoded\r\n\r\nzz\r\n")
        response = connection.makefile("rb").read()

    assert response.startswith(b"HTTP/1.1 400 ")
    assert b"Content-Security-Policy" in response
    assert "Traceback" not in serving.err.read_text()


def mails_in_folder(settings: Settings) -> int:
    return len(list((settings.data_dir / "mail").glob("*.eml")))


def test_it_sends_mails(serving: Running, settings: Settings, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    wait_until(lambda: mails_in_folder(settings) == 3)


@on_sqlite
def test_it_replaces_a_work_process_that_died(serving: Running, settings: Settings, portal: Portal, cast: Cast):
    wait_until(lambda: work_process_of(serving) is not None)
    first = work_process_of(serving)
    assert first
    first.kill()
    open_incident(portal, cast)

    wait_until(lambda: mails_in_folder(settings) == 3, while_alive=serving.process)

    second = work_process_of(serving)
    assert second
    assert second.pid != first.pid


@on_sqlite
def test_the_work_process_ends_with_its_server(serving: Running):
    wait_until(lambda: work_process_of(serving) is not None)
    work = work_process_of(serving)
    assert work

    serving.process.kill()

    wait_until(lambda: not work.is_running() or work.status() == psutil.STATUS_ZOMBIE)


@on_sqlite
def test_the_work_process_keeps_no_port_open(serving: Running):
    wait_until(lambda: work_process_of(serving) is not None)
    work = work_process_of(serving)
    assert work

    wait_until(lambda: work.net_connections() == [])


@on_sqlite
def test_a_web_only_server_sends_no_mail(settings: Settings, portal: Portal, cast: Cast):
    secret, sealing = (base64.b64encode(key).decode() for key in (portal.keys.secret, portal.keys.sealing.newest))
    open_incident(portal, cast)
    with started("serve", "--web-only", settings=settings, SECRET_KEY=secret, SEALING_KEY=sealing) as running:
        wait_until(running.answers, while_alive=running.process)
        work = work_process_of(running)
        code = running.end()

    assert (code, work) == (0, None)
    assert not (settings.data_dir / "mail").exists()


@on_sqlite
def test_a_web_only_server_needs_its_keys_as_settings(settings: Settings):
    with started("serve", "--web-only", settings=settings) as running:
        code = running.process.wait()

    assert code == 1
    assert "must be set for --web-only" in running.err.read_text()


@on_sqlite
def test_a_taken_address_is_refused_in_one_line(serving: Running, command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_BIND", f"127.0.0.1:{serving.port}")

    ended = command("serve")

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == f"izarlink-tickets: Can't listen on 127.0.0.1:{serving.port}: Address already in use.\n"


@on_sqlite
def test_it_serves_with_stdout_closed(settings: Settings):
    with started("serve", settings=settings, prefix=("sh", "-c", 'exec "$@" >&-', "sh")) as running:
        wait_until(running.answers, while_alive=running.process)

        assert running.end() == 0


@on_sqlite
def test_it_serves_when_stdout_is_a_broken_pipe(settings: Settings):
    reader, writer = os.pipe()
    os.close(reader)
    with started("serve", settings=settings, stdout=writer) as running:
        wait_until(running.answers, while_alive=running.process)

        assert running.end() == 0
    os.close(writer)


@on_sqlite
@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGINT])
def test_work_sends_mails_and_stops_on_a_signal(settings: Settings, portal: Portal, cast: Cast, with_signal: int):
    open_incident(portal, cast)
    with started("work", settings=settings) as running:
        wait_until(lambda: mails_in_folder(settings) == 3, while_alive=running.process)
        code = running.end(with_signal)

    assert (code, running.err.read_text().count("mail_sent")) == (0, 3)
