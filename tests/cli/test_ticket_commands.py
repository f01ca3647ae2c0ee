"""`ticket`: what a technician does all day, from the command line."""

import json
from typing import Any

import pytest
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets.application import Portal

pytestmark = on_sqlite
SAM = ("--as", "sam@izarlink.example")
NEW = ("--for", "alice@etxea.example", "--title", "Pas de réseau", "--text", "Depuis ce matin.")


def shown(command: Command, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("ticket", "show", str(number), "--json").out)
    return found


def events(command: Command, number: int) -> list[str]:
    return [name for entry in shown(command, number)["entries"] for name in entry["events"]]


def test_a_ticket_is_opened_for_a_customer(command: Command, cast: Cast):
    arguments = ("--category", "debit", "--service", "ftto-00417", "--urgency", "4")

    ended = command("ticket", "open", *SAM, *NEW, *arguments)

    assert (ended.code, ended.out) == (0, "Ticket 1 is NOUVEAU.\n")
    ticket = shown(command, 1)
    assert (ticket["requester"], ticket["type"], ticket["category"]) == (cast["alice"].id, "INCIDENT", "DEBIT")


def test_a_shift_at_the_command_line(command: Command, portal: Portal, cast: Cast):
    number = str(open_incident(portal, cast))

    said = [
        command("ticket", "note", number, *SAM, "--text", "Port saturé."),
        command("ticket", "assign", number, *SAM, "--to", "nora@izarlink.example"),
        command("ticket", "requalify", number, *SAM, "--impact", "5", "--category", "LENTEUR"),
        command("ticket", "hold", number, *SAM, "--reason", "L’opérateur.", "--until", "2026-11-20"),
        command("ticket", "resume", number, *SAM),
        command("ticket", "resolve", number, *SAM, "--solution", "Fait."),
        command("ticket", "withdraw-solution", number, *SAM, "--reason", "Pas encore."),
        command("ticket", "resolve", number, *SAM, "--solution", "Fait."),
        command("ticket", "record-approval", number, *SAM, "--note", "Alice, au téléphone."),
        command("ticket", "reopen", number, *SAM, "--reason", "C’est revenu."),
    ]

    assert [one.err for one in said] == [""] * 10
    assert [one.out.split()[-1] for one in said] == [
        "NOUVEAU.",
        "EN_COURS.",
        "EN_COURS.",
        "EN_ATTENTE.",
        "EN_COURS.",
        "RESOLU.",
        "EN_COURS.",
        "RESOLU.",
        "CLOTURE.",
        "EN_COURS.",
    ]
    assert shown(command, int(number))["assignee"] == cast["nora"].id


def test_requalifying_leaves_what_is_not_named(command: Command, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)

    command("ticket", "requalify", str(number), *SAM, "--service", "FTTO-00417")
    command("ticket", "requalify", str(number), *SAM, "--category", "facturation", "--reason", "Une facture.")

    ticket = shown(command, number)
    assert (ticket["type"], ticket["category"]) == ("DEMANDE", "FACTURATION")
    assert events(command, number) == ["Opened", "Requalified", "Requalified"]


def test_a_named_command_is_done_once(command: Command, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)
    arguments = (str(number), *SAM, "--text", "Nous regardons.", "--command-id", "0f0f0f0f-0000-4000-8000-000000000001")

    ended = [command("ticket", "reply", *arguments) for _ in range(2)]

    assert [one.code for one in ended] == [0, 0]
    assert events(command, number) == ["Opened", "FollowUpAdded"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("open", *SAM, *NEW, "--category", "TELEX", "--urgency", "4"), "No category"),
        (("open", *SAM, *NEW, "--category", "DEBIT"), "urgency missing"),
        (("open", *SAM, *NEW, "--category", "DEBIT", "--urgency", "4", "--service", "FTTH-00981"), "service"),
        (("assign", "1", *SAM, "--to", "alice@etxea.example"), "--to must"),
        (("hold", "1", *SAM, "--reason", "x", "--until", "2020-01-01"), "date"),
        (("resume", "1", *SAM), "NOUVEAU"),
        (("requalify", "1", *SAM), "nothing"),
        (("requalify", "7", *SAM, "--impact", "2"), "no ticket 7"),
        (("note", "1", "--as", "alice@etxea.example", "--text", "x"), "--as"),
    ],
)
def test_what_may_not_be_is_refused_in_a_line(
    command: Command, portal: Portal, cast: Cast, arguments: tuple[str, ...], word: str
):
    open_incident(portal, cast)

    ended = command("ticket", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert word in ended.err


@pytest.mark.parametrize("make", [resolved_incident, closed_incident])
def test_a_note_is_added_in_every_state(command: Command, portal: Portal, cast: Cast, make: Any):
    number = make(portal, cast)

    assert command("ticket", "note", str(number), *SAM, "--text", "À voir.").code == 0
