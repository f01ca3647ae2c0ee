"""`ticket`: list, show, take, reply, request-information, resolve."""

import json

import pytest
from tests.cast import ETXEA, Cast
from tests.cli.conftest import Command, is_one_line, on_sqlite
from tests.openings import open_incident, open_request

from izarlink_tickets.application import Portal

SAM = ("--as", "sam@izarlink.example")


@pytest.fixture
def ticket(portal: Portal, cast: Cast) -> str:
    return str(open_incident(portal, cast))


def test_the_list_for_scripts_has_the_documented_fields(command: Command, cast: Cast, ticket: str):
    listed = json.loads(command("ticket", "list", "--json").out)

    assert listed == [
        {
            "number": 1,
            "state": "NOUVEAU",
            "type": "INCIDENT",
            "category": "DEBIT",
            "title": "Débit à 2 Mbit/s",
            "organisation": ETXEA,
            "requester": cast["alice"].id,
            "assignee": None,
            "opened_at": "2026-11-02T08:00:01Z",
            "last_activity_at": "2026-11-02T08:00:01Z",
        }
    ]


def test_the_list_without_a_ticket_is_an_empty_array(command: Command):
    assert json.loads(command("ticket", "list", "--json").out) == []


def test_the_list_is_filtered_by_state_in_any_case(command: Command, portal: Portal, cast: Cast, ticket: str):
    other = open_request(portal, cast)
    command("ticket", "take", ticket, *SAM)

    listed = json.loads(command("ticket", "list", "--state", "nouveau", "--json").out)

    assert [row["number"] for row in listed] == [other]


def test_the_list_goes_beyond_a_page(command: Command, portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("izarlink_tickets.cli.ticket._PAGE_SIZE", 2)
    numbers = [open_request(portal, cast, title=f"Facture {nth}") for nth in range(5)]

    listed = json.loads(command("ticket", "list", "--json").out)

    assert [row["number"] for row in listed] == numbers


def test_a_ticket_is_shown_with_its_history_and_internal_notes(
    command: Command, portal: Portal, cast: Cast, ticket: str
):
    portal.tickets.add_internal_note(cast.context("sam"), number=int(ticket), text="Port saturé.")

    result = command("ticket", "show", ticket)

    assert "Débit à 2 Mbit/s" in result.out
    assert "Port saturé." in result.out
    assert "State        new (NOUVEAU), since 2026-11-02 08:00Z" in result.out
    assert "1  2026-11-02 08:00Z  Alice Etcheverry (customer) opened the ticket\n" in result.out
    assert "Sam Iriart (IzarLink support) added an internal note [internal]\n" in result.out


def test_a_ticket_is_shown_to_scripts(command: Command, ticket: str):
    command("ticket", "reply", ticket, *SAM, "--text", "Nous regardons.")

    content = json.loads(command("ticket", "show", ticket, "--json").out)

    assert [entry["events"] for entry in content["entries"]] == [["Opened"], ["FollowUpAdded"]]
    assert content["entries"][1]["text"] == "Nous regardons."


def test_taking_a_ticket_assigns_it(command: Command, cast: Cast, ticket: str):
    ended = command("ticket", "take", ticket, *SAM)

    assert (ended.code, ended.out) == (0, "Ticket 1 is in progress (EN_COURS).\n")
    assert json.loads(command("ticket", "list", "--json").out)[0]["assignee"] == cast["sam"].id


def test_an_administrator_may_work_on_tickets_too(command: Command, ticket: str):
    assert command("ticket", "take", ticket, "--as", "root@izarlink.example").code == 0


def test_a_question_waits_for_the_customer(command: Command, ticket: str):
    ended = command("ticket", "request-information", ticket, *SAM, "--text", "Depuis quand ?")

    assert ended.out == "Ticket 1 is waiting for the customer (EN_ATTENTE).\n"


def test_a_resolved_ticket_waits_for_approval(command: Command, ticket: str):
    ended = command("ticket", "resolve", ticket, *SAM, "--solution", "Profil corrigé.")

    assert ended.out == "Ticket 1 is resolved (RESOLU).\n"


def test_a_command_is_recorded_with_its_channel_and_author(command: Command, cast: Cast, ticket: str):
    command("ticket", "resolve", ticket, *SAM, "--solution", "Profil corrigé.")

    last = json.loads(command("audit", "replay", ticket, "--json").out)[-1]
    assert (last["event"], last["channel"], last["actor"]) == ("Resolved", "cli", cast["sam"].id)


@on_sqlite
@pytest.mark.parametrize("email", ["alice@etxea.example", "ada@izarlink.example", "nobody@izarlink.example"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("take",),
        ("reply", "--text", "Bonjour"),
        ("request-information", "--text", "Quand ?"),
        ("resolve", "--solution", "Fait."),
    ],
    ids=lambda arguments: arguments[0],
)
def test_only_staff_work_on_tickets(command: Command, ticket: str, email: str, arguments: tuple[str, ...]):
    name, *options = arguments

    ended = command("ticket", name, ticket, "--as", email, *options)

    assert ended.code == 1
    assert ended.err == f"izarlink-tickets: {email} is not an active support or administrator account (--as).\n"
    assert json.loads(command("ticket", "list", "--json").out)[0]["state"] == "NOUVEAU"


def test_a_disabled_account_cannot_work_on_tickets(command: Command, ticket: str):
    command("account", "disable", "sam@izarlink.example")

    assert command("ticket", "take", ticket, *SAM).code == 1


@on_sqlite
@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "999"),
        ("take", "999", *SAM),
        ("reply", "1", *SAM, "--text", " "),
        ("reply", "1", *SAM, "--text", "x" * 20_001),
        ("resolve", "1", *SAM, "--solution", ""),
        ("show", str(2**63 - 1)),
    ],
)
def test_a_refusal_is_one_line_and_stores_nothing(command: Command, ticket: str, arguments: tuple[str, ...]):
    ended = command("ticket", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert len(json.loads(command("audit", "replay", ticket, "--json").out)) == 1


def test_a_resolved_ticket_is_not_resolved_again(command: Command, ticket: str):
    command("ticket", "resolve", ticket, *SAM, "--solution", "Fait.")

    ended = command("ticket", "resolve", ticket, *SAM, "--solution", "Encore.")

    assert ended.err == "izarlink-tickets: This ticket has been resolved since 02/11/2026.\n"


@on_sqlite
@pytest.mark.parametrize(
    ("name", "option"), [("reply", "--text"), ("note", "--text"), ("reopen", "--reason"), ("resolve", "--solution")]
)
def test_an_empty_text_is_refused_by_its_option(command: Command, ticket: str, name: str, option: str):
    ended = command("ticket", name, ticket, *SAM, option, " ")

    assert (ended.code, ended.err) == (1, f"izarlink-tickets: Write something: {option} is empty.\n")


@on_sqlite
@pytest.mark.parametrize("number", ["0", "-1", "abc", "٣x", "1" * 30])
def test_an_invalid_number_is_wrong_usage(command: Command, number: str):
    assert command("ticket", "show", "--", number).code == 2
