"""`audit replay`: every event of a ticket, as it was recorded."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import events


@pytest.fixture
def ticket(portal: Portal, cast: Cast) -> str:
    """Ticket opened at 8:00:01, taken at 8:00:02 and resolved at 8:00:03."""
    number = open_incident(portal, cast)
    portal.tickets.assign(cast.context("sam"), number=number, assignee_id=cast["sam"].id)
    portal.tickets.resolve(cast.context("sam"), number=number, solution="Profil corrigé.")
    return str(number)


def test_the_replay_for_scripts_has_the_documented_fields_and_readable_texts(command: Command, cast: Cast, ticket: str):
    replayed = json.loads(command("audit", "replay", ticket, "--json").out)

    assert [event["event"] for event in replayed] == ["Opened", "Assigned", "Resolved"]
    assert [event["version"] for event in replayed] == [1, 2, 3]
    opened = replayed[0]
    assert list(opened) == ["position", "version", "event", "at", "actor", "role", "channel", "command_id", "data"]
    assert (opened["at"], opened["actor"], opened["role"]) == ("2026-11-02T08:00:01Z", cast["alice"].id, "customer")
    assert opened["data"]["title"] == "Débit à 2 Mbit/s"


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--version", "2", ["Opened", "Assigned"]),
        ("--version", "3", ["Opened", "Assigned", "Resolved"]),
        ("--until", "2026-11-02T08:00:02Z", ["Opened", "Assigned"]),
        ("--until", "2026-11-02T09:00:02", ["Opened", "Assigned"]),
        ("--until", "2026-11-02T09:00:01+01:00", ["Opened"]),
    ],
    ids=["a version", "the last version", "a moment in UTC", "a moment in Paris", "a moment with its offset"],
)
def test_the_replay_stops_at_a_version_or_a_time(
    command: Command, ticket: str, option: str, value: str, expected: list[str]
):
    replayed = json.loads(command("audit", "replay", ticket, option, value, "--json").out)

    assert [event["event"] for event in replayed] == expected


def test_the_replay_for_people_numbers_each_event(command: Command, ticket: str):
    ended = command("audit", "replay", ticket, "--version", "1")

    assert ended.out.startswith("1 of 3  position ")
    assert "Depuis ce matin." in ended.out


@on_sqlite
@pytest.mark.parametrize(
    "arguments", [("999",), ("1", "--until", "2026-01-01T00:00Z")], ids=["no such ticket", "not opened yet"]
)
def test_a_ticket_that_does_not_exist_is_refused(command: Command, ticket: str, arguments: tuple[str, ...]):
    ended = command("audit", "replay", *arguments)

    assert ended.code == 1
    assert is_one_line(ended.err)


@on_sqlite
@pytest.mark.parametrize(
    "arguments", [("--version", "0"), ("--until", "yesterday"), ("--version", "1", "--until", "2026-11-02T08:00Z")]
)
def test_an_invalid_version_or_time_is_wrong_usage(command: Command, ticket: str, arguments: tuple[str, ...]):
    assert command("audit", "replay", ticket, *arguments).code == 2


@on_sqlite
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_version_beyond_the_last_is_refused(command: Command, ticket: str, arguments: tuple[str, ...]):
    ended = command("audit", "replay", ticket, "--version", "99", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert ended.err == "izarlink-tickets: Ticket 1 has no version 99: choose one from 1 to 3.\n"


def test_an_event_of_an_unknown_type_is_named(command: Command, portal: Portal, ticket: str):
    with portal.database.command() as connection:
        connection.execute(update(events).where(events.c.topic == "ticket.assigned").values(topic="ticket.teleported"))

    ended = command("audit", "replay", ticket)

    assert ended.code == 1
    assert is_one_line(ended.err)
    assert "Event 2 " in ended.err
    assert "ticket.teleported" in ended.err


def test_security_events_are_exported_for_a_siem(
    command: Command, portal: Portal, cast: Cast, environment: pytest.MonkeyPatch, tmp_path: Path
):
    log, output = tmp_path / "security.log", tmp_path / "events.jsonl"
    line = (
        '{"reason": "withheld", "detail": "number", "account": "a1", "route": null, "method": "GET", "request": "r1", '
    )
    log.write_text(
        f'{line}"network": "n1", "address": null, "event": "security", "timestamp": "2026-11-02T08:00:00Z"}}\n'
    )
    environment.setenv("IZARLINK_SECURITY_LOG", str(log))

    ended = command("audit", "export", "--security", str(output))

    exported = [json.loads(text) for text in output.read_text("utf-8").splitlines()]
    assert (ended.code, ended.err.splitlines()[-1][:9]) == (0, "Exported:")
    assert {event["class_uid"] for event in exported} >= {3001, 4002}
    assert output.stat().st_mode & 0o777 == 0o600
