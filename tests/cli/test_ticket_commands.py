"""`ticket`: a technician's work from the command line."""

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


def ticket_json(command: Command, number: int) -> dict[str, Any]:
    ticket: dict[str, Any] = json.loads(command("ticket", "show", str(number), "--json").out)
    return ticket


def events(command: Command, number: int) -> list[str]:
    return [name for entry in ticket_json(command, number)["entries"] for name in entry["events"]]


def test_a_ticket_is_opened_for_a_customer(command: Command, cast: Cast):
    arguments = ("--category", "debit", "--service", "ftto-00417", "--urgency", "4")

    ended = command("ticket", "open", *SAM, *NEW, *arguments)

    assert (ended.code, ended.out) == (0, "Ticket 1 is new (NOUVEAU).\n")
    ticket = ticket_json(command, 1)
    assert (ticket["requester"], ticket["type"], ticket["category"]) == (cast["alice"].id, "INCIDENT", "DEBIT")


def test_no_ticket_is_opened_for_a_closed_account(command: Command, cast: Cast):
    command("account", "disable", "alice@etxea.example")

    ended = command("ticket", "open", *SAM, *NEW, "--category", "debit", "--urgency", "4")

    assert ended.code == 1
    assert ended.err == (
        "izarlink-tickets: The account alice@etxea.example is closed: nobody would read the ticket; choose another "
        "person of the customer (--for).\n"
    )
    assert json.loads(command("ticket", "list", "--json").out) == []


def test_a_shift_at_the_command_line(command: Command, portal: Portal, cast: Cast):
    number = str(open_incident(portal, cast))

    results = [
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

    assert [result.err for result in results] == [""] * 10
    assert [result.out.removeprefix(f"Ticket {number} is ").removesuffix(".\n") for result in results] == [
        "new (NOUVEAU)",
        "in progress (EN_COURS)",
        "in progress (EN_COURS)",
        "waiting for a third party (EN_ATTENTE)",
        "in progress (EN_COURS)",
        "resolved (RESOLU)",
        "in progress (EN_COURS)",
        "resolved (RESOLU)",
        "closed (CLOTURE)",
        "in progress (EN_COURS)",
    ]
    assert ticket_json(command, int(number))["assignee"] == cast["nora"].id


def test_requalifying_keeps_the_options_left_out(command: Command, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)

    command("ticket", "requalify", str(number), *SAM, "--service", "FTTO-00417")
    command("ticket", "requalify", str(number), *SAM, "--category", "facturation", "--reason", "Une facture.")

    ticket = ticket_json(command, number)
    assert (ticket["type"], ticket["category"]) == ("DEMANDE", "FACTURATION")
    assert events(command, number) == ["Opened", "Requalified", "Requalified"]


def test_a_command_id_makes_a_repeated_command_safe(command: Command, portal: Portal, cast: Cast):
    number = open_incident(portal, cast)
    arguments = (str(number), *SAM, "--text", "Nous regardons.", "--command-id", "0f0f0f0f-0000-4000-8000-000000000001")

    results = [command("ticket", "reply", *arguments) for _ in range(2)]

    assert [result.code for result in results] == [0, 0]
    assert events(command, number) == ["Opened", "FollowUpAdded"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("open", *SAM, *NEW, "--category", "TELEX", "--urgency", "4"), "no such category"),
        (("open", *SAM, *NEW, "--category", "DEBIT"), "State the urgency"),
        (("open", *SAM, *NEW, "--category", "DEBIT", "--urgency", "4", "--service", "FTTH-00981"), "service"),
        (("assign", "1", *SAM, "--to", "alice@etxea.example"), "account (--to)"),
        (("hold", "1", *SAM, "--reason", "x", "--until", "2020-01-01"), "date"),
        (("resume", "1", *SAM), "while the ticket is “New”"),
        (("requalify", "1", *SAM), "Nothing changes"),
        (("requalify", "7", *SAM, "--impact", "2"), "no ticket 7"),
        (("note", "1", "--as", "alice@etxea.example", "--text", "x"), "--as"),
    ],
)
def test_an_impossible_command_is_refused_in_one_line(
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
