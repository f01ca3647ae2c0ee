"""The recipients of the mails about each command."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.cast import Cast
from tests.faults.invariants import breaches
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets import outbox
from izarlink_tickets.accounts import Preferences
from izarlink_tickets.application import Portal
from izarlink_tickets.attachments import Upload


def discard_mails(portal: Portal, cast: Cast) -> None:
    with portal.database.command() as connection:
        outbox.discard(connection, now=cast.clock())


def recipients(portal: Portal, cast: Cast) -> list[str]:
    """Return the recipients of the waiting messages."""
    names = {account.id: name for name, account in cast.accounts.items()}
    with portal.database.query() as connection:
        return sorted(
            names[message.account_id]
            for message in outbox.list_messages(connection, outbox.outbox.c.status == "waiting")
        )


@pytest.fixture
def new_ticket(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    discard_mails(portal, cast)
    return number


@pytest.fixture
def taken_ticket(portal: Portal, cast: Cast, new_ticket: int) -> int:
    portal.tickets.assign(cast.context("sam"), number=new_ticket, assignee_id=cast["sam"].id)
    portal.tickets.add_watcher(cast.context("sam"), number=new_ticket, account_id=cast["carol"].id)
    discard_mails(portal, cast)
    return new_ticket


@pytest.fixture
def resolved_ticket(portal: Portal, cast: Cast) -> int:
    number = resolved_incident(portal, cast)
    discard_mails(portal, cast)
    return number


def test_an_opening_notifies_the_requester_and_the_team(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


Command = Callable[[Portal, Cast, int], object]

COMMANDS: list[tuple[str, Command, list[str]]] = [
    (
        "reassigning",
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
        "an internal note with a mention",
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
        "a request to cancel",
        lambda p, c, n: p.tickets.request_cancellation(c.context("alice"), number=n),
        ["alice", "carol", "sam"],
    ),
    (
        "another requester",
        lambda p, c, n: p.tickets.change_requester(c.context("sam"), number=n, account_id=c["bob"].id),
        ["bob", "carol"],
    ),
    (
        "removing a watcher",
        lambda p, c, n: p.tickets.remove_watcher(c.context("sam"), number=n, account_id=c["carol"].id),
        ["alice"],
    ),
]


@pytest.mark.parametrize(("command", "readers"), [case[1:] for case in COMMANDS], ids=[case[0] for case in COMMANDS])
def test_one_message_per_command_and_entitled_person(
    portal: Portal, cast: Cast, taken_ticket: int, command: Command, readers: list[str]
) -> None:
    command(portal, cast, taken_ticket)

    assert recipients(portal, cast) == readers


def test_an_approval_notifies_requester_and_assignee(portal: Portal, cast: Cast, resolved_ticket: int) -> None:
    portal.tickets.approve_solution(cast.context("bob"), number=resolved_ticket, solution_version=1)

    assert recipients(portal, cast) == ["alice", "sam"]


def test_a_refusal_notifies_the_whole_team(portal: Portal, cast: Cast, resolved_ticket: int) -> None:
    portal.tickets.refuse_solution(cast.context("alice"), number=resolved_ticket, solution_version=1, reason="Non.")

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


def test_a_reopening_notifies_the_whole_team(portal: Portal, cast: Cast) -> None:
    number = closed_incident(portal, cast)
    discard_mails(portal, cast)

    portal.tickets.reopen(cast.context("alice"), number=number, reason="Encore.")

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


def test_a_cancellation_notifies_the_team(portal: Portal, cast: Cast, new_ticket: int) -> None:
    portal.tickets.cancel(cast.context("alice"), number=new_ticket)

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


def test_a_cancellation_request_for_an_unassigned_ticket_notifies_the_team(
    portal: Portal, cast: Cast, new_ticket: int
) -> None:
    portal.tickets.add_follow_up(cast.context("sam"), number=new_ticket, text="Nous regardons.")
    discard_mails(portal, cast)

    portal.tickets.request_cancellation(cast.context("alice"), number=new_ticket)

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


@pytest.fixture
def ticket_with_cancellation_request(portal: Portal, cast: Cast, taken_ticket: int) -> int:
    portal.tickets.request_cancellation(cast.context("alice"), number=taken_ticket)
    discard_mails(portal, cast)
    return taken_ticket


def test_a_confirmed_cancellation_notifies_the_assignee(
    portal: Portal, cast: Cast, ticket_with_cancellation_request: int
) -> None:
    portal.tickets.confirm_cancellation(cast.context("root"), number=ticket_with_cancellation_request)

    assert recipients(portal, cast) == ["alice", "carol", "sam"]


def test_a_declined_cancellation_notifies_the_assignee(
    portal: Portal, cast: Cast, ticket_with_cancellation_request: int
) -> None:
    portal.tickets.decline_cancellation(
        cast.context("root"), number=ticket_with_cancellation_request, reason="La ligne doit être réparée."
    )

    assert recipients(portal, cast) == ["alice", "carol", "sam"]


def test_a_removed_watcher_who_still_sees_the_ticket_is_notified(portal: Portal, cast: Cast, taken_ticket: int) -> None:
    portal.tickets.add_watcher(cast.context("sam"), number=taken_ticket, account_id=cast["bob"].id)
    discard_mails(portal, cast)

    portal.tickets.remove_watcher(cast.context("sam"), number=taken_ticket, account_id=cast["bob"].id)

    assert recipients(portal, cast) == ["alice", "bob", "carol"]


def test_a_former_requester_who_still_sees_the_ticket_is_notified(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast, by="bob")
    discard_mails(portal, cast)

    portal.tickets.change_requester(cast.context("sam"), number=number, account_id=cast["alice"].id)

    assert recipients(portal, cast) == ["alice", "bob"]


def test_mails_for_own_acts_can_be_switched_off_but_not_the_acknowledgement(portal: Portal, cast: Cast) -> None:
    portal.profiles.save_preferences(cast["alice"].id, preferences=Preferences(mails_own_acts=False))
    number = open_incident(portal, cast)
    at_opening = recipients(portal, cast)
    discard_mails(portal, cast)

    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Encore un détail.")

    assert (at_opening, recipients(portal, cast)) == (["alice", "nora", "sam"], ["nora", "sam"])


def test_staff_who_switched_off_mails_of_new_tickets_are_not_notified(portal: Portal, cast: Cast) -> None:
    portal.profiles.save_preferences(cast["nora"].id, preferences=Preferences(mails_new_tickets=False))

    open_incident(portal, cast)

    assert recipients(portal, cast) == ["alice", "sam"]


def test_a_deactivated_requester_is_not_notified(portal: Portal, cast: Cast, new_ticket: int) -> None:
    portal.accounts.deactivate(cast.context("system"), email="alice@etxea.example")

    portal.tickets.add_follow_up(cast.context("sam"), number=new_ticket, text="Nous regardons.")

    assert "alice" not in recipients(portal, cast)


# --- nobody is in charge, or an account is closed ---------------------------------------------------------------------


def close_account(portal: Portal, cast: Cast, name: str) -> None:
    portal.accounts.deactivate(cast.context("system"), email=cast[name].email)
    discard_mails(portal, cast)


def test_a_follow_up_on_a_ticket_of_nobody_notifies_all_support(portal: Portal, cast: Cast, new_ticket: int) -> None:
    portal.profiles.save_preferences(cast["nora"].id, preferences=Preferences(mails_new_tickets=False))

    portal.tickets.add_follow_up(cast.context("alice"), number=new_ticket, text="Toujours rien.")

    assert recipients(portal, cast) == ["alice", "nora", "sam"]


def test_support_s_own_follow_up_on_a_ticket_of_nobody_notifies_the_customer_alone(
    portal: Portal, cast: Cast, new_ticket: int
) -> None:
    portal.tickets.add_follow_up(cast.context("sam"), number=new_ticket, text="Nous regardons.")

    assert recipients(portal, cast) == ["alice"]


@pytest.mark.parametrize(
    "command",
    [
        lambda p, c, n: p.tickets.add_follow_up(c.context("alice"), number=n, text="Voilà."),
        lambda p, c, n: p.tickets.request_cancellation(c.context("alice"), number=n),
    ],
    ids=["follow-up", "request to cancel"],
)
def test_all_support_stands_in_for_a_technician_whose_account_is_closed(
    portal: Portal, cast: Cast, taken_ticket: int, command: Command
) -> None:
    close_account(portal, cast, "sam")

    command(portal, cast, taken_ticket)

    assert recipients(portal, cast) == ["alice", "carol", "nora"]


def test_the_company_role_stands_in_for_a_requester_whose_account_is_closed(
    portal: Portal, cast: Cast, taken_ticket: int
) -> None:
    close_account(portal, cast, "alice")

    portal.tickets.request_information(cast.context("sam"), number=taken_ticket, question="Depuis quand ?")

    assert recipients(portal, cast) == ["bob", "carol"]
    assert breaches(portal) == []


def test_an_internal_note_is_hidden_from_the_company_role(portal: Portal, cast: Cast, taken_ticket: int) -> None:
    close_account(portal, cast, "alice")

    portal.tickets.add_internal_note(cast.context("sam"), number=taken_ticket, text="Voir le lien.")

    assert recipients(portal, cast) == []
