"""Access rights of commands and queries."""

from dataclasses import replace

import pytest
from tests.domain import tickets
from tests.domain.people import ACTORS, ADA, ALICE, BOB, DENIS, MENDI, ROOT, SAM, deactivated

from izarlink_tickets.domain import access, errors
from izarlink_tickets.domain.access import Scope
from izarlink_tickets.domain.vocabulary import Actor, Role

SCOPES = {
    "the requester": Scope.OWN,
    "the company role": Scope.ORGANISATION,
    "a watcher": Scope.OWN,
    "a colleague": Scope.OWN,
    "the requester, moved to another company": Scope.OWN,
    "the requester, deactivated": Scope.NONE,
    "the company role, deactivated": Scope.NONE,
    "another company": Scope.ORGANISATION,
    "support": Scope.ALL,
    "support, deactivated": Scope.NONE,
    "an administrator": Scope.ALL,
    "an auditor": Scope.ALL,
    "the system": Scope.ALL,
}


def those_of_whom(question) -> set[str]:
    return {name for name, person in ACTORS.items() if question(person)}


@pytest.mark.parametrize("name", ACTORS)
def test_the_scope_of_a_viewer_follows_from_their_role(name):
    assert access.scope_of(ACTORS[name]) is SCOPES[name]


def test_a_ticket_is_seen_by_its_people_its_company_and_the_desk_only():
    ticket = tickets.watched()

    assert those_of_whom(lambda person: access.sees(person, ticket)) == {
        "the requester",
        "the company role",
        "a watcher",
        "support",
        "an administrator",
        "an auditor",
        "the system",
    }


@pytest.mark.parametrize("watcher", [replace(DENIS, organisation_id=MENDI), deactivated(DENIS)], ids=["moved", "gone"])
def test_a_watcher_who_has_left_no_longer_sees(watcher):
    assert not access.sees(watcher, tickets.watched())


def test_a_customer_of_no_company_sees_nothing():
    assert not access.sees(replace(ALICE, organisation_id=None), tickets.new())


def test_a_company_role_of_no_company_sees_nothing():
    assert not access.sees(replace(BOB, organisation_id=None), tickets.new())


def test_internal_notes_are_seen_by_staff_and_auditors_only():
    assert those_of_whom(access.sees_internal) == {"support", "an administrator", "an auditor"}


def test_no_deactivated_auditor_sees_internal_notes():
    assert not access.sees_internal(deactivated(ADA))


def test_requester_and_company_role_decide_for_the_customer():
    ticket = tickets.watched()

    assert those_of_whom(lambda person: access.speaks_for_customer(person, ticket)) == {
        "the requester",
        "the company role",
    }


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.ADMINISTRATOR, Role.AUDITOR, Role.SYSTEM])
def test_no_other_role_decides_for_the_customer_even_under_the_requesters_id(role):
    assert not access.speaks_for_customer(replace(ALICE, role=role), tickets.new())


def test_staff_are_the_active_support_and_administrators():
    assert those_of_whom(access.is_staff) == {"support", "an administrator"}


def test_customers_are_the_active_people_of_companies():
    assert those_of_whom(access.is_customer) == {
        "the requester",
        "the company role",
        "a watcher",
        "a colleague",
        "the requester, moved to another company",
        "another company",
    }


def test_only_active_auditors_audit():
    assert those_of_whom(access.audits) == {"an auditor"}
    assert not access.audits(deactivated(ADA))


def test_only_active_administrators_administer():
    assert those_of_whom(access.administers) == {"an administrator"}
    assert not access.administers(deactivated(ROOT))


def test_only_the_portal_is_the_system():
    assert those_of_whom(access.is_system) == {"the system"}


def test_require_raises_unless_allowed():
    with pytest.raises(errors.NotAllowed):
        access.require(allowed=False)


@pytest.mark.parametrize("role", Role)
def test_no_deactivated_account_has_any_right(role):
    gone = Actor(SAM.account_id, role, ALICE.organisation_id, is_active=False)
    questions = (access.sees_internal, access.is_staff, access.is_customer, access.audits, access.administers)

    assert access.scope_of(gone) is Scope.NONE
    assert not any(question(gone) for question in questions)
