"""Acknowledged commands are on disk: a sync precedes each answer."""

import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url, text
from tests.faults.client import Client
from tests.faults.server import Server
from tests.ports import free_port

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings
from izarlink_tickets.database import Database

# In the suite, and in a long run.
FORMS = (10, 200)
# A call of one thread, complete, started or resumed: `123 fdatasync(9</srv/izarlink.db-wal>) = 0`.
CALL = re.compile(r"^(?P<thread>\d+) +(?:<\.\.\. )?(?P<name>\w+)(?P<rest>.*)$")
RECEIVED, SYNCED, ANSWERED = (
    re.compile(r'"POST '),
    re.compile(r"izarlink\.db-wal>|resumed"),
    re.compile(r'"HTTP/1\.1 303'),
)

pytestmark = pytest.mark.fault(50)


@pytest.mark.parametrize("stage", ["postgresql"], indirect=True)
def test_postgresql_syncs_our_commits_although_its_default_is_off(portal: Portal, settings: Settings) -> None:
    url = make_url(settings.database_url).set(drivername="postgresql")
    database = psycopg.sql.Identifier(str(url.database))
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as administrator:
        administrator.execute(psycopg.sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(database))
    with closing(Database(settings.database_url, data_dir=settings.data_dir)) as ours, ours.command() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


@pytest.mark.fault_run
@pytest.mark.parametrize("stage", ["sqlite"], indirect=True)
def test_every_form_is_answered_after_a_sync(
    portal: Portal, settings: Settings, rounds: Callable[[int, int], int]
) -> None:
    assert shutil.which("strace"), "install strace, which traces the calls"
    trace, forms = settings.data_dir / "trace", rounds(*FORMS)
    calls = "trace=fdatasync,recvfrom,sendto"
    server = Server(free_port(), settings, prefix=("strace", "-f", "-y", "-s", "16", "-e", calls, "-o", str(trace)))
    try:
        server.start()
        server.wait_until_ready()
        send(Client(server.port), forms)
    finally:
        server.kill()

    answers = answers_after_sync(trace.read_text(errors="replace").splitlines())

    assert len(answers) >= forms
    assert all(answers)


def send(client: Client, forms: int) -> None:
    client.sign_in("alice@etxea.example")
    client.open_ticket()
    for _ in range(forms - 1):
        client.follow_up(1)


def answers_after_sync(lines: Iterable[str]) -> list[bool]:
    """Return for each answer whether its thread synced after the form."""
    has_synced: dict[str, bool] = {}
    answers = []
    for call in filter(None, map(CALL.match, lines)):
        thread, name, rest = call["thread"], call["name"], call["rest"]
        if name == "recvfrom" and RECEIVED.search(rest):
            has_synced[thread] = False
        if name == "fdatasync" and SYNCED.search(rest) and "unfinished" not in rest:
            has_synced[thread] = True
        if name == "sendto" and ANSWERED.search(rest):
            answers.append(has_synced.get(thread, False))
    return answers
