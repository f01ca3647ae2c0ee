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


def test_the_list_for_scripts_has_the_promised_fields(command: Command, cast: Cast, ticket: str):
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


def test_the_list_is_narrowed_to_a_state_in_whatever_capitals(
    command: Command, portal: Portal, cast: Cast, ticket: str
):
    other = open_request(portal, cast)
    command("ticket", "take", ticket, *SAM)

    listed = json.loads(command("ticket", "list", "--state", "nouveau", "--json").out)

    assert [one["number"] for one in listed] == [other]


def test_the_list_goes_beyond_a_page(command: Command, portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("izarlink_tickets.cli.ticket._PAGE", 2)
    numbers = [open_request(portal, cast, title=f"Facture {nth}") for nth in range(5)]

    listed = json.loads(command("ticket", "list", "--json").out)

    assert [one["number"] for one in listed] == numbers


def test_a_ticket_is_shown_with_all_that_happened_internal_notes_too(
    command: Command, portal: Portal, cast: Cast, ticket: str
):
    portal.tickets.add_internal_note(cast.context("sam"), number=int(ticket), text="Port saturé.")

    shown = command("ticket", "show", ticket)

    assert "Débit à 2 Mbit/s" in shown.out
    assert "Port saturé." in shown.out
    assert "internal: InternalNoteAdded" in shown.out


def test_a_ticket_is_shown_to_scripts(command: Command, ticket: str):
    command("ticket", "reply", ticket, *SAM, "--text", "Nous regardons.")

    shown = json.loads(command("ticket", "show", ticket, "--json").out)

    assert [entry["events"] for entry in shown["entries"]] == [["Opened"], ["FollowUpAdded"]]
    assert shown["entries"][1]["text"] == "Nous regardons."


def test_taking_a_ticket_puts_whoever_takes_it_in_charge(command: Command, cast: Cast, ticket: str):
    ended = command("ticket", "take", ticket, *SAM)

    assert (ended.code, ended.out) == (0, "Ticket 1 is EN_COURS.\n")
    assert json.loads(command("ticket", "list", "--json").out)[0]["assignee"] == cast["sam"].id


def test_an_administrator_may_work_on_tickets_too(command: Command, ticket: str):
    assert command("ticket", "take", ticket, "--as", "root@izarlink.example").code == 0


def test_a_question_waits_for_the_customer(command: Command, ticket: str):
    ended = command("ticket", "request-information", ticket, *SAM, "--text", "Depuis quand ?")

    assert ended.out == "Ticket 1 is EN_ATTENTE.\n"


def test_a_resolved_ticket_waits_for_approval(command: Command, ticket: str):
    ended = command("ticket", "resolve", ticket, *SAM, "--solution", "Profil corrigé.")

    assert ended.out == "Ticket 1 is RESOLU.\n"


def test_what_is_done_here_is_recorded_with_this_channel_and_its_author(command: Command, cast: Cast, ticket: str):
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
def test_only_the_desk_works_on_tickets(command: Command, ticket: str, email: str, arguments: tuple[str, ...]):
    name, *options = arguments

    ended = command("ticket", name, ticket, "--as", email, *options)

    assert ended.code == 1
    assert ended.err == "izarlink-tickets: --as must be the address of an active support or administrator account.\n"
    assert json.loads(command("ticket", "list", "--json").out)[0]["state"] == "NOUVEAU"


def test_a_disabled_colleague_works_on_nothing(command: Command, ticket: str):
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
def test_what_the_rules_refuse_is_told_in_a_line_and_nothing_is_stored(
    command: Command, ticket: str, arguments: tuple[str, ...]
):
    ended = command("ticket", *arguments)

    assert (ended.code, ended.out) == (1, "")
    assert is_one_line(ended.err)
    assert len(json.loads(command("audit", "replay", ticket, "--json").out)) == 1


def test_a_resolved_ticket_is_not_resolved_again(command: Command, ticket: str):
    command("ticket", "resolve", ticket, *SAM, "--solution", "Fait.")

    ended = command("ticket", "resolve", ticket, *SAM, "--solution", "Encore.")

    assert ended.err == "izarlink-tickets: That isn't possible while the ticket is RESOLU.\n"


@on_sqlite
@pytest.mark.parametrize("number", ["0", "-1", "abc", "٣x", "1" * 30])
def test_what_is_no_number_is_wrong_usage(command: Command, number: str):
    assert command("ticket", "show", "--", number).code == 2
