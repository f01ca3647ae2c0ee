"""Watchers and the requester."""

from dataclasses import replace

import pytest
from tests.domain.people import ADA, ALICE, BOB, CHARLIE, DENIS, MENDI, NORA, SAM, by, deactivated
from tests.domain.tickets import happened, kinds, loaded, refused, watched

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.ticket_guards import MAX_WATCHERS

OUTSIDERS = [
    pytest.param(CHARLIE, id="another company"),
    pytest.param(NORA, id="support"),
    pytest.param(ADA, id="an auditor"),
    pytest.param(deactivated(DENIS), id="a deactivated colleague"),
]


def test_a_watcher_is_named(new_ticket):
    new_ticket.add_watcher(by(SAM), watcher=DENIS)

    assert happened(new_ticket) == [(events.WatcherAdded, {"watcher_id": DENIS.account_id})]


@pytest.mark.parametrize("person", OUTSIDERS)
def test_only_active_colleagues_watch(person, new_ticket):
    with refused(errors.PersonNotEligible, new_ticket):
        new_ticket.add_watcher(by(SAM), watcher=person)


def test_a_watcher_is_added_once():
    ticket = watched()

    with refused(errors.AlreadyConcerned, ticket):
        ticket.add_watcher(by(SAM), watcher=DENIS)


def test_a_ticket_has_at_most_fifty_watchers(new_ticket):
    for nth in range(MAX_WATCHERS):
        new_ticket.add_watcher(by(SAM), watcher=replace(DENIS, account_id=f"watcher {nth}"))
    happened(new_ticket)

    with refused(errors.TooManyWatchers, new_ticket):
        new_ticket.add_watcher(by(SAM), watcher=DENIS)


def test_the_requester_does_not_watch(new_ticket):
    with refused(errors.AlreadyConcerned, new_ticket):
        new_ticket.add_watcher(by(SAM), watcher=ALICE)


def test_a_removed_watcher_is_named():
    ticket = watched()

    ticket.remove_watcher(by(SAM), watcher=DENIS)

    assert happened(ticket) == [(events.WatcherRemoved, {"watcher_id": DENIS.account_id})]


@pytest.mark.parametrize("person", [replace(DENIS, organisation_id=MENDI), deactivated(DENIS)], ids=["moved", "gone"])
def test_a_watcher_who_has_left_can_be_removed(person):
    ticket = watched()

    ticket.remove_watcher(by(SAM), watcher=person)

    assert kinds(ticket) == [events.WatcherRemoved]


def test_only_a_watcher_can_be_removed(new_ticket):
    with refused(errors.NothingChanges, new_ticket):
        new_ticket.remove_watcher(by(SAM), watcher=DENIS)


def test_a_removed_watcher_can_come_back():
    ticket = watched()
    ticket.remove_watcher(by(SAM), watcher=DENIS)
    loaded(ticket)

    ticket.add_watcher(by(SAM), watcher=DENIS)

    assert kinds(ticket) == [events.WatcherAdded]


@pytest.mark.parametrize("person", [BOB, DENIS], ids=["bob", "denis"])
def test_a_change_of_requester_names_both(person, new_ticket):
    new_ticket.change_requester(by(SAM), requester=person)

    assert happened(new_ticket) == [
        (
            events.RequesterChanged,
            {"requester_id": person.account_id, "previous_requester_id": ALICE.account_id},
        )
    ]


@pytest.mark.parametrize("person", OUTSIDERS)
def test_only_an_active_colleague_becomes_requester(person, new_ticket):
    with refused(errors.PersonNotEligible, new_ticket):
        new_ticket.change_requester(by(SAM), requester=person)


def test_the_same_requester_again_changes_nothing(new_ticket):
    with refused(errors.AlreadyConcerned, new_ticket):
        new_ticket.change_requester(by(SAM), requester=ALICE)


def test_a_watcher_who_becomes_requester_no_longer_watches():
    ticket = watched()

    ticket.change_requester(by(SAM), requester=DENIS)

    assert (ticket.requester_id, ticket.watcher_ids) == (DENIS.account_id, set())


def test_the_new_requester_decides(resolved_ticket):
    resolved_ticket.change_requester(by(SAM), requester=DENIS)
    loaded(resolved_ticket)

    resolved_ticket.approve_solution(by(DENIS), solution_version=1)

    assert kinds(resolved_ticket) == [events.SolutionApproved]


def test_the_former_requester_no_longer_decides(resolved_ticket):
    resolved_ticket.change_requester(by(SAM), requester=DENIS)
    loaded(resolved_ticket)

    with refused(errors.NotAllowed, resolved_ticket):
        resolved_ticket.approve_solution(by(ALICE), solution_version=1)
