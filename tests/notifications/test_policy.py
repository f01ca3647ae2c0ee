"""Who is mailed of what: the column « Mail to » of the table of commands, and the rights of each."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload


def written_off(portal: Portal, cast: Cast) -> None:
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock())


def told(portal: Portal, cast: Cast) -> list[str]:
    """Name who has a letter waiting, once per letter."""
    names = {account.id: name for name, account in cast.accounts.items()}
    with portal.database.query() as connection:
        return sorted(
            names[message.account_id]
            for message in outbox.list_messages(connection, outbox.outbox.c.status == "waiting")
        )


@pytest.fixture
def new_ticket(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    written_off(portal, cast)
    return number


@pytest.fixture
def taken_ticket(portal: Portal, cast: Cast, new_ticket: int) -> int:
    portal.tickets.assign(cast.context("sam"), number=new_ticket, assignee_id=cast["sam"].id)
    portal.tickets.add_watcher(cast.context("sam"), number=new_ticket, account_id=cast["carol"].id)
    written_off(portal, cast)
    return new_ticket


@pytest.fixture
def solved_ticket(portal: Portal, cast: Cast) -> int:
    number = resolved_incident(portal, cast)
    written_off(portal, cast)
    return number


def test_an_opening_notifies_the_requester_and_the_team(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)

    assert told(portal, cast) == ["alice", "nora", "sam"]


Command = Callable[[Portal, Cast, int], object]

COMMANDS: list[tuple[str, Command, list[str]]] = [
    (
        "give it to another",
        lambda p, c, n: p.tickets.assign(c.context("sam"), number=n, assignee_id=c["nora"].id),
        ["alice", "carol", "nora"],
    ),
    (
        "a customer's follow-up with two files",
        lambda p, c, n: p.tickets.add_follow_up(
            c.context("alice"), number=n, text="Voilà.", uploads=[Upload("a.txt", b"a"), Upload("b.txt", b"b")]
        ),
        ["alice", "carol", "sam"],
    ),
    (
        "support's follow-up",
        lambda p, c, n: p.tickets.add_follow_up(c.context("sam"), number=n, text="Nous regardons."),
        ["alice", "carol"],
    ),
    (
        "a colleague's follow-up",
        lambda p, c, n: p.tickets.add_follow_up(c.context("nora"), number=n, text="Je regarde aussi."),
        ["alice", "carol", "sam"],
    ),
    (
        "an internal note",
        lambda p, c, n: p.tickets.add_internal_note(c.context("sam"), number=n, text="Voir le lien."),
        [],
    ),
    (
        "an internal note that names somebody",
        lambda p, c, n: p.tickets.add_internal_note(
            c.context("sam"), number=n, text="Voir le lien.", mentioned_ids=[c["nora"].id]
        ),
        ["nora"],
    ),
    (
        "a question",
        lambda p, c, n: p.tickets.request_information(c.context("sam"), number=n, question="Depuis quand ?"),
        ["alice", "carol"],
    ),
    (
        "waiting for a third party",
        lambda p, c, n: p.tickets.hold(
            c.context("sam"), number=n, reason="Opérateur.", until=c.clock() + timedelta(days=1)
        ),
        ["alice", "carol"],
    ),
    (
        "a solution",
        lambda p, c, n: p.tickets.resolve(c.context("nora"), number=n, solution="Remplacé."),
        ["alice", "carol"],
    ),
    (
        "a wish to cancel",
        lambda p, c, n: p.tickets.request_cancellation(c.context("alice"), number=n),
        ["alice", "carol", "sam"],
    ),
    (
        "another requester",
        lambda p, c, n: p.tickets.change_requester(c.context("sam"), number=n, account_id=c["bob"].id),
        ["bob", "carol"],
    ),
    (
        "a watcher who leaves",
        lambda p, c, n: p.tickets.remove_watcher(c.context("sam"), number=n, account_id=c["carol"].id),
        ["alice"],
    ),
]


@pytest.mark.parametrize(("command", "readers"), [case[1:] for case in COMMANDS], ids=[case[0] for case in COMMANDS])
def test_one_message_per_command_and_entitled_person(
    portal: Portal, cast: Cast, taken_ticket: int, command: Command, readers: list[str]
) -> None:
    command(portal, cast, taken_ticket)

    assert told(portal, cast) == readers


def test_an_approval_notifies_requester_and_assignee(portal: Portal, cast: Cast, solved_ticket: int) -> None:
    portal.tickets.approve_solution(cast.context("bob"), number=solved_ticket, solution_version=1)

    assert told(portal, cast) == ["alice", "sam"]


def test_a_refusal_notifies_the_whole_team(portal: Portal, cast: Cast, solved_ticket: int) -> None:
    portal.tickets.refuse_solution(cast.context("alice"), number=solved_ticket, solution_version=1, reason="Non.")

    assert told(portal, cast) == ["alice", "nora", "sam"]


def test_a_reopening_notifies_the_whole_team(portal: Portal, cast: Cast) -> None:
    number = closed_incident(portal, cast)
    written_off(portal, cast)

    portal.tickets.reopen(cast.context("alice"), number=number, reason="Encore.")

    assert told(portal, cast) == ["alice", "nora", "sam"]


def test_a_cancellation_notifies_the_team(portal: Portal, cast: Cast, new_ticket: int) -> None:
    portal.tickets.cancel(cast.context("alice"), number=new_ticket)

    assert told(portal, cast) == ["alice", "nora", "sam"]


def test_a_cancellation_request_for_an_unassigned_ticket_notifies_the_team(
    portal: Portal, cast: Cast, new_ticket: int
) -> None:
    portal.tickets.add_follow_up(cast.context("sam"), number=new_ticket, text="Nous regardons.")
    written_off(portal, cast)

    portal.tickets.request_cancellation(cast.context("alice"), number=new_ticket)

    assert told(portal, cast) == ["alice", "nora", "sam"]


@pytest.fixture
def unwanted_ticket(portal: Portal, cast: Cast, taken_ticket: int) -> int:
    portal.tickets.request_cancellation(cast.context("alice"), number=taken_ticket)
    written_off(portal, cast)
    return taken_ticket


def test_a_confirmed_cancellation_notifies_the_assignee(portal: Portal, cast: Cast, unwanted_ticket: int) -> None:
    portal.tickets.confirm_cancellation(cast.context("root"), number=unwanted_ticket)

    assert told(portal, cast) == ["alice", "carol", "sam"]


def test_a_declined_cancellation_notifies_the_assignee(portal: Portal, cast: Cast, unwanted_ticket: int) -> None:
    portal.tickets.decline_cancellation(
        cast.context("root"), number=unwanted_ticket, reason="La ligne doit être réparée."
    )

    assert told(portal, cast) == ["alice", "carol", "sam"]


def test_a_removed_watcher_who_still_sees_the_ticket_is_notified(portal: Portal, cast: Cast, taken_ticket: int) -> None:
    portal.tickets.add_watcher(cast.context("sam"), number=taken_ticket, account_id=cast["bob"].id)
    written_off(portal, cast)

    portal.tickets.remove_watcher(cast.context("sam"), number=taken_ticket, account_id=cast["bob"].id)

    assert told(portal, cast) == ["alice", "bob", "carol"]


def test_a_former_requester_who_still_sees_the_ticket_is_notified(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, by="bob")
    written_off(portal, cast)

    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["alice"].id)

    assert told(portal, cast) == ["alice", "bob"]


def test_mails_for_own_acts_can_be_switched_off_but_not_the_acknowledgement(portal: Portal, cast: Cast) -> None:
    portal.profiles.save_preferences(cast["alice"].id, preferences=Preferences(mails_own_acts=False))
    number = open_incident(portal, cast)
    at_opening = told(portal, cast)
    written_off(portal, cast)

    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Encore un détail.")

    assert (at_opening, told(portal, cast)) == (["alice", "nora", "sam"], [])


def test_staff_who_switched_off_mails_of_new_tickets_are_not_notified(portal: Portal, cast: Cast) -> None:
    portal.profiles.save_preferences(cast["nora"].id, preferences=Preferences(mails_new_tickets=False))

    open_incident(portal, cast)

    assert told(portal, cast) == ["alice", "sam"]


def test_a_deactivated_requester_is_not_notified(portal: Portal, cast: Cast, new_ticket: int) -> None:
    portal.accounts.deactivate(cast.context("system"), email="alice@etxea.example")

    portal.tickets.add_follow_up(cast.context("sam"), number=new_ticket, text="Nous regardons.")

    assert told(portal, cast) == []
