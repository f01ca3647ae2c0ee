"""`mail`: list, retry, file, hold, enable, test."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus

ALL_OF_ONE_OPENING = 3  # alice, and sam and nora of the desk


@pytest.fixture
def failed(portal: Portal, cast: Cast) -> list[str]:
    """IDs of mails that failed."""
    open_incident(portal, cast)
    with portal.database.command() as connection:
        waiting = [
            message.id
            for message in outbox.list_messages(connection, outbox.outbox.c.status == MailStatus.WAITING.value)
        ]
        connection.execute(
            update(outbox.outbox).where(outbox.outbox.c.id.in_(waiting)).values(status=MailStatus.FAILED.value)
        )
    return waiting


def statuses(portal: Portal) -> list[str]:
    """Return the status of each mail about a ticket, the oldest first."""
    with portal.database.query() as connection:
        return [message.status for message in outbox.list_messages(connection, outbox.outbox.c.number.is_not(None))]


def test_mails_are_listed_by_status_without_an_address(command: Command, failed: list[str]):
    ended = command("mail", "list", "--status", "failed", "--json")

    assert sorted(row["id"] for row in json.loads(ended.out)) == sorted(failed)
    assert "@" not in ended.out


def test_mails_are_listed_for_people(command: Command, failed: list[str]):
    ended = command("mail", "list", "--status", "failed")

    assert len(ended.out.splitlines()) == 1 + ALL_OF_ONE_OPENING


def test_all_failed_mails_are_sent_again(command: Command, failed: list[str]):
    ended = command("mail", "retry")

    assert ended.out == "3 of 3 mails will be sent again.\n"
    assert len(json.loads(command("mail", "list", "--status", "waiting", "--json").out)) == ALL_OF_ONE_OPENING


@pytest.mark.parametrize("name", ["retry", "file"])
def test_an_unknown_mail_is_refused_and_the_others_are_left_alone(
    command: Command, portal: Portal, failed: list[str], name: str
):
    ended = command("mail", name, failed[0], "no-such-mail")

    assert (ended.code, ended.err) == (1, "izarlink-tickets: There is no mail no-such-mail.\n")
    assert statuses(portal) == ["failed"] * 3


def test_one_of_the_failed_mails_is_sent_again(command: Command, portal: Portal, failed: list[str]):
    ended = command("mail", "retry", failed[0])

    assert (ended.code, ended.out) == (0, "1 of 1 mail will be sent again.\n")
    assert sorted(statuses(portal)) == ["failed", "failed", "waiting"]


@on_sqlite
def test_dismissed_mails_are_not_retried(command: Command, failed: list[str]):
    dismissed, again = command("mail", "file", *failed), command("mail", "file", failed[0])

    assert (dismissed.code, dismissed.out) == (0, "3 of 3 mails dismissed.\n")
    assert (again.code, again.out) == (1, "0 of 1 mail dismissed.\n")
    assert command("mail", "retry").out == "0 of 0 mails will be sent again.\n"


@on_sqlite
def test_a_test_mail_arrives_where_the_settings_say(command: Command, tmp_path: Path):
    ended = command("mail", "test", "bob@etxea.example")

    assert ended.code == 0
    assert [b"bob@etxea.example" in path.read_bytes() for path in (tmp_path / "mail").glob("*.eml")] == [True]


@on_sqlite
def test_a_silent_mail_server_is_reported_in_one_line(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_SMTP_URL", "smtp://127.0.0.1:1")

    ended = command("mail", "test", "bob@etxea.example")

    assert ended.code == 1
    assert is_one_line(ended.err)


@on_sqlite
def test_an_invalid_address_is_refused(command: Command):
    ended = command("mail", "test", "bob")

    assert ended.code == 1
    assert is_one_line(ended.err)


@on_sqlite
def test_held_mails_need_a_decision_about_those_that_wait(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    held, doctor, undecided = command("mail", "hold"), command("doctor"), command("mail", "enable")
    open_incident(portal, cast)
    dropped, again = command("mail", "enable", "--drop"), command("mail", "enable")

    assert held.out == "Mails are held until `mail enable`.\n"
    assert "held since 2026-11-02 08:00Z, by an operator; 3 waiting - Send them with" in doctor.out
    assert undecided.code == 1
    assert undecided.err.startswith("izarlink-tickets: 3 mails are waiting, written from 2026-11-02 08:00Z to 2026")
    assert dropped.out == "Mails are sent again; 3 mails written before 2026-11-02 08:00Z will never be sent.\n"
    assert again.out == "Mails are not held.\n"
    assert statuses(portal) == ["written-off"] * 3 + ["waiting"] * 3


@on_sqlite
def test_held_mails_can_be_sent_after_all(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    command("mail", "hold")

    enabled = command("mail", "enable", "--send")

    assert enabled.out == "Mails are sent again, including 3 mails written before 2026-11-02 08:00Z.\n"
    assert statuses(portal) == ["waiting"] * 3
