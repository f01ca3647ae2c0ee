"""Taking charge, giving away, correcting what a ticket is."""

from dataclasses import replace
from typing import Any

import pytest
from tests.domain.people import (
    ADA,
    ALICE,
    BILLING,
    FIBRE,
    GARAGE_LINE,
    NORA,
    OLD_LINE,
    ROOT,
    SAM,
    SLOWNESS,
    by,
    deactivated,
)
from tests.domain.tickets import collected, happened, kinds, loaded, opened, refused

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, SYSTEM, Urgency

SLOW_FIBRE: dict[str, Any] = {"category": SLOWNESS, "service": FIBRE, "urgency": Urgency.VERY_HIGH, "impact": 1}
A_BILL: dict[str, Any] = {"category": BILLING, "service": None, "urgency": None, "impact": 5}


# --- assign -----------------------------------------------------------------------------------------------------------


def test_assigning_records_the_technician(new_ticket):
    new_ticket.assign(by(SAM), assignee=SAM)

    assert happened(new_ticket) == [
        (events.Assigned, {"assignee_id": SAM.account_id, "previous_assignee_id": None}),
    ]


def test_reassigning_records_both_technicians(ticket_being_worked_on):
    ticket_being_worked_on.assign(by(SAM), assignee=ROOT)

    assert happened(ticket_being_worked_on) == [
        (events.Assigned, {"assignee_id": ROOT.account_id, "previous_assignee_id": SAM.account_id}),
    ]


def test_the_same_technician_again_changes_nothing(ticket_being_worked_on):
    with refused(errors.AlreadyAssigned, ticket_being_worked_on):
        ticket_being_worked_on.assign(by(NORA), assignee=SAM)


def test_a_ticket_is_not_taken_unseen_from_the_colleague_who_was_faster(ticket_being_worked_on):
    with refused(errors.AssignedMeanwhile, ticket_being_worked_on):
        ticket_being_worked_on.assign(by(NORA), assignee=NORA, seen_assignee="")


@pytest.mark.parametrize("seen", [pytest.param(SAM.account_id, id="seen"), pytest.param(None, id="not looked")])
def test_a_ticket_is_taken_over_from_the_colleague_who_was_seen(seen, ticket_being_worked_on):
    ticket_being_worked_on.assign(by(NORA), assignee=NORA, seen_assignee=seen)

    assert ticket_being_worked_on.assignee_id == NORA.account_id


@pytest.mark.parametrize(
    "assignee",
    [
        pytest.param(ALICE, id="a customer"),
        pytest.param(ADA, id="an auditor"),
        pytest.param(SYSTEM, id="the system"),
        pytest.param(deactivated(NORA), id="a deactivated technician"),
    ],
)
def test_a_ticket_is_assigned_to_active_staff_only(assignee, new_ticket):
    with refused(errors.PersonNotEligible, new_ticket):
        new_ticket.assign(by(SAM), assignee=assignee)


def test_reassigning_a_pending_ticket_leaves_it_pending(ticket_awaiting_customer):
    ticket_awaiting_customer.assign(by(NORA), assignee=NORA)

    event = collected(ticket_awaiting_customer)[0]
    assert (event.previous_state, event.state, event.awaiting) == ("EN_ATTENTE", "EN_ATTENTE", "CLIENT")


# --- requalify --------------------------------------------------------------------------------------------------------


def test_requalifying_records_before_and_after_whole(new_ticket):
    new_ticket.requalify(by(SAM), **A_BILL, reason="C’est une question de facture.")

    assert happened(new_ticket) == [
        (
            events.Requalified,
            {
                "ticket_type": "DEMANDE",
                "category": "FACTURATION",
                "service_id": None,
                "urgency": None,
                "impact": 5,
                "priority": 5,
                "previous": {
                    "ticket_type": "INCIDENT",
                    "category": "COUPURE_TOTALE",
                    "service_id": FIBRE.service_id,
                    "urgency": 4,
                    "impact": 4,
                    "priority": 4,
                },
                "reason": "C’est une question de facture.",
            },
        )
    ]


def test_a_second_requalification_starts_from_the_first(new_ticket):
    new_ticket.requalify(by(SAM), **SLOW_FIBRE)
    first = dict(happened(new_ticket))[events.Requalified]

    new_ticket.requalify(by(SAM), **A_BILL, reason="Une facture.")

    second = dict(happened(new_ticket))[events.Requalified]
    assert second["previous"] == {name: first[name] for name in second["previous"]}


def test_a_change_of_type_needs_a_reason(new_ticket):
    with refused(errors.TextMissing, new_ticket) as caught:
        new_ticket.requalify(by(SAM), **A_BILL, reason=" ")

    assert caught.value.field == "reason"


def test_another_category_of_the_same_type_needs_no_reason(new_ticket):
    new_ticket.requalify(by(SAM), **SLOW_FIBRE)

    assert dict(happened(new_ticket))[events.Requalified]["reason"] == ""


@pytest.mark.parametrize("urgency", Urgency)
def test_staff_sets_any_urgency_of_an_incident(urgency, new_ticket):
    new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"urgency": urgency}))

    assert dict(happened(new_ticket))[events.Requalified]["urgency"] == urgency


def test_an_incident_is_not_left_without_urgency(new_ticket):
    with refused(errors.UrgencyMissing, new_ticket):
        new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"urgency": None}))


def test_a_demande_cannot_be_requalified_with_an_urgency(new_ticket):
    with refused(errors.UrgencyNotAllowed, new_ticket):
        new_ticket.requalify(by(SAM), **(A_BILL | {"urgency": Urgency.HIGH}), reason="Une facture.")


@pytest.mark.parametrize("impact", [-1, 0, 6])
def test_an_impact_outside_the_scale_is_refused(impact, new_ticket):
    with refused(errors.UnknownChoice, new_ticket) as caught:
        new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"impact": impact}))

    assert caught.value.field == "impact"


@pytest.mark.parametrize("service", [GARAGE_LINE, OLD_LINE], ids=["another company's", "closed"])
def test_a_ticket_is_not_moved_to_a_service_out_of_reach(service, new_ticket):
    with refused(errors.ServiceNotOfOrganisation, new_ticket):
        new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"service": service}))


def test_a_service_closed_since_may_stay(new_ticket):
    new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"service": replace(FIBRE, is_active=False)}))

    assert kinds(new_ticket) == [events.Requalified]


def test_a_ticket_is_not_moved_to_a_withdrawn_category(new_ticket):
    withdrawn = replace(GUIDE_CATEGORIES["DEBIT"], is_active=False)

    with refused(errors.CategoryNotActive, new_ticket):
        new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"category": withdrawn}))


def test_a_category_withdrawn_since_may_stay(new_ticket):
    current = replace(GUIDE_CATEGORIES["COUPURE_TOTALE"], is_active=False)

    new_ticket.requalify(by(SAM), **(SLOW_FIBRE | {"category": current}))

    assert kinds(new_ticket) == [events.Requalified]


def test_requalifying_with_the_same_values_is_refused(new_ticket):
    as_it_is: dict[str, Any] = {
        "category": GUIDE_CATEGORIES["COUPURE_TOTALE"],
        "service": FIBRE,
        "urgency": Urgency.HIGH,
        "impact": 4,
    }

    with refused(errors.NothingChanges, new_ticket):
        new_ticket.requalify(by(SAM), **as_it_is)


def test_a_demande_takes_its_priority_from_its_impact():
    demande = loaded(opened(category=BILLING, urgency=None))

    demande.requalify(by(SAM), **A_BILL)

    assert dict(happened(demande))[events.Requalified]["priority"] == 5
