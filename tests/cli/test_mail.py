"""`mail`: list, retry, test."""

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
    """Give the ids of mails that were given up."""
    open_incident(portal, cast)
    with portal.database.command() as connection:
        waiting = [
            letter.id for letter in outbox.list_messages(connection, outbox.outbox.c.status == MailStatus.WAITING.value)
        ]
        connection.execute(
            update(outbox.outbox).where(outbox.outbox.c.id.in_(waiting)).values(status=MailStatus.FAILED.value)
        )
    return waiting


def statuses(portal: Portal) -> list[str]:
    """Say how far each mail about a ticket is, the oldest first."""
    with portal.database.query() as connection:
        return [letter.status for letter in outbox.list_messages(connection, outbox.outbox.c.number.is_not(None))]


def test_mails_are_listed_by_status_without_an_address(command: Command, failed: list[str]):
    ended = command("mail", "list", "--status", "failed", "--json")

    assert sorted(one["id"] for one in json.loads(ended.out)) == sorted(failed)
    assert "@" not in ended.out


def test_mails_are_listed_for_people(command: Command, failed: list[str]):
    ended = command("mail", "list", "--status", "failed")

    assert len(ended.out.splitlines()) == 1 + ALL_OF_ONE_OPENING


def test_all_failed_mails_are_sent_again(command: Command, failed: list[str]):
    ended = command("mail", "retry")

    assert ended.out == "3 of 3 mails will be sent again.\n"
    assert len(json.loads(command("mail", "list", "--status", "waiting", "--json").out)) == ALL_OF_ONE_OPENING


def test_named_mails_are_sent_again_if_they_failed(command: Command, failed: list[str]):
    ended = command("mail", "retry", failed[0], "no-such-mail")

    assert (ended.code, ended.out) == (1, "1 of 2 mails will be sent again.\n")


@on_sqlite
def test_named_mails_are_filed_and_asked_for_no_more(command: Command, failed: list[str]):
    filed, again = command("mail", "file", *failed), command("mail", "file", failed[0])

    assert (filed.code, filed.out) == (0, "3 of 3 mails were filed.\n")
    assert (again.code, again.out) == (1, "0 of 1 mails were filed.\n")
    assert command("mail", "retry").out == "0 of 0 mails will be sent again.\n"


@on_sqlite
def test_a_trial_mail_arrives_where_the_settings_say(command: Command, tmp_path: Path):
    ended = command("mail", "test", "bob@etxea.example")

    assert ended.code == 0
    assert [b"bob@etxea.example" in path.read_bytes() for path in (tmp_path / "mail").glob("*.eml")] == [True]


@on_sqlite
def test_a_server_that_does_not_answer_is_told_in_a_line(command: Command, environment: pytest.MonkeyPatch):
    environment.setenv("IZARLINK_SMTP_URL", "smtp://127.0.0.1:1")

    ended = command("mail", "test", "bob@etxea.example")

    assert ended.code == 1
    assert is_one_line(ended.err)


@on_sqlite
def test_what_is_no_address_is_refused(command: Command):
    ended = command("mail", "test", "bob")

    assert ended.code == 1
    assert is_one_line(ended.err)


@on_sqlite
def test_held_mails_go_once_somebody_says_what_becomes_of_those_that_wait(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    held, examined, unsaid = command("mail", "hold"), command("doctor"), command("mail", "enable")
    open_incident(portal, cast)
    dropped, again = command("mail", "enable", "--drop"), command("mail", "enable")

    assert held.out == "No mail goes until `mail enable`.\n"
    assert "held since 2026-11-02 08:00Z, by an operator; 3 wait - Let them go with" in examined.out
    assert unsaid.code == 1
    assert unsaid.err.startswith("izarlink-tickets: 3 mails wait, written from 2026-11-02 08:00Z to 2026-11-02 08:00Z")
    assert dropped.out == "Mails go again; 3 written before 2026-11-02 08:00Z never will.\n"
    assert again.out == "Mails are not held.\n"
    assert statuses(portal) == ["written-off"] * 3 + ["waiting"] * 3


@on_sqlite
def test_held_mails_can_be_sent_after_all(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    command("mail", "hold")

    enabled = command("mail", "enable", "--send")

    assert enabled.out == "Mails go again, 3 written before 2026-11-02 08:00Z among them.\n"
    assert statuses(portal) == ["waiting"] * 3
