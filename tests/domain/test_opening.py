"""Opening a ticket. Source: guide §3."""

from dataclasses import replace
from typing import Any

import pytest
from tests.domain import tickets
from tests.domain.people import (
    ACTORS,
    ADA,
    ALICE,
    BILLING,
    BOB,
    CHARLIE,
    DENIS,
    ETXEA,
    FIBRE,
    GARAGE_LINE,
    OLD_LINE,
    PHOTO,
    REPORT,
    SAM,
    by,
    deactivated,
)
from tests.domain.tickets import collected, happened, kinds, opened

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.vocabulary import GUIDE_CATEGORIES, Urgency

NO_THUMBNAIL = {"thumbnail_sha256": None, "thumbnail_width": 0, "thumbnail_height": 0}


def test_opening_records_the_whole_form():
    ticket = opened()

    assert happened(ticket) == [
        (
            events.Opened,
            {
                "number": 1042,
                "organisation_id": ETXEA,
                "requester_id": ALICE.account_id,
                "ticket_type": "INCIDENT",
                "category": "COUPURE_TOTALE",
                "service_id": FIBRE.service_id,
                "urgency": 4,
                "impact": 4,
                "priority": 4,
                "title": "Plus d’Internet au fournil",
                "description": "La fibre est coupée depuis 5 h, la caisse aussi.",
                "related_to": None,
            },
        )
    ]


def test_an_opened_ticket_is_new():
    event = collected(opened())[0]

    assert (event.previous_state, event.state, event.awaiting) == (None, "NOUVEAU", None)


def test_an_opened_ticket_has_the_stream_of_its_number():
    assert opened(number=7).id == stream_of(7)


def test_two_numbers_have_two_streams():
    assert stream_of(7) != stream_of(8)


def test_opening_trims_title_and_description():
    opening = dict(happened(opened(title="  Plus   rien ", description="\r\nDepuis 5 h.\r\nAu fournil. ")))

    assert opening[events.Opened]["title"] == "Plus rien"
    assert opening[events.Opened]["description"] == "Depuis 5 h.\nAu fournil."


def test_files_of_the_form_follow_the_opening():
    ticket = opened(files=[PHOTO, REPORT])

    assert happened(ticket)[1:] == [
        (
            events.AttachmentAdded,
            {
                "file_id": "f0000000-0000-4000-8000-000000000001",
                "name": "baie.jpg",
                "size": 143_000,
                "media_type": "image/jpeg",
                "sha256": "a" * 64,
                **NO_THUMBNAIL,
            },
        ),
        (
            events.AttachmentAdded,
            {
                "file_id": "f0000000-0000-4000-8000-000000000002",
                "name": "mesures.pdf",
                "size": 20_480,
                "media_type": "application/pdf",
                "sha256": "b" * 64,
                **NO_THUMBNAIL,
            },
        ),
    ]


def test_five_files_are_taken():
    assert kinds(opened(files=[PHOTO] * 5)) == [events.Opened] + [events.AttachmentAdded] * 5


def test_a_sixth_file_is_refused():
    with pytest.raises(errors.TooManyFiles) as caught:
        opened(files=[PHOTO] * 6)

    assert caught.value.maximum == 5


@pytest.mark.parametrize("older", [tickets.closed, tickets.cancelled], ids=["closed", "cancelled"])
def test_a_related_ticket_names_the_older_one(older):
    recorded = dict(happened(opened(number=1043, related_to=older())))

    assert recorded[events.Opened]["related_to"] == 1042


def test_an_unfinished_ticket_cannot_be_continued_by_another():
    with pytest.raises(errors.RelationNotPossible) as caught:
        opened(related_to=tickets.resolved())

    assert caught.value.number == 1042


def test_a_related_ticket_is_of_the_same_company():
    with pytest.raises(errors.RelationNotPossible):
        opened(by(CHARLIE), requester=CHARLIE, service=GARAGE_LINE, related_to=tickets.closed())


# --- the requester ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ALICE, BOB, DENIS], ids=["alice", "bob", "denis"])
def test_a_customer_opens_a_ticket(person):
    assert opened(by(person), requester=person).requester_id == person.account_id


@pytest.mark.parametrize("name", ["support", "an administrator"])
def test_staff_opens_for_a_customer(name):
    ticket = opened(by(ACTORS[name]))

    event = collected(ticket)[0]
    assert (event.actor_id, ticket.requester_id) == (ACTORS[name].account_id, ALICE.account_id)


@pytest.mark.parametrize(
    "name",
    [
        "a colleague",
        "another company",
        "an auditor",
        "the system",
        "support, deactivated",
        "the company role, deactivated",
        "the requester, deactivated",
    ],
)
def test_nobody_else_opens_for_a_customer(name):
    with pytest.raises(errors.NotAllowed):
        opened(by(ACTORS[name]))


@pytest.mark.parametrize("name", ["an auditor", "the system", "the requester, deactivated"])
def test_only_active_customers_open_tickets(name):
    with pytest.raises(errors.NotAllowed):
        opened(by(ACTORS[name]), requester=ACTORS[name])


@pytest.mark.parametrize(
    "requester",
    [
        pytest.param(SAM, id="support"),
        pytest.param(ADA, id="an auditor"),
        pytest.param(deactivated(ALICE), id="a deactivated customer"),
        pytest.param(replace(ALICE, organisation_id=None), id="a customer of no company"),
    ],
)
def test_a_ticket_is_opened_for_active_customers_only(requester):
    with pytest.raises(errors.PersonNotEligible):
        opened(by(SAM), requester=requester)


def test_a_ticket_belongs_to_the_company_of_its_requester():
    ticket = opened(by(SAM), requester=CHARLIE, service=GARAGE_LINE)

    assert ticket.organisation_id == CHARLIE.organisation_id


# --- what -------------------------------------------------------------------------------------------------------------


def test_the_service_may_be_unknown():
    assert dict(happened(opened(service=None)))[events.Opened]["service_id"] is None


@pytest.mark.parametrize("service", [GARAGE_LINE, OLD_LINE], ids=["another company's", "closed"])
def test_a_service_that_is_not_an_active_one_of_the_company_is_refused(service):
    with pytest.raises(errors.ServiceNotOfOrganisation):
        opened(service=service)


@pytest.mark.parametrize("actor", [ALICE, SAM], ids=["alice", "sam for alice"])
def test_an_incident_needs_an_urgency(actor):
    with pytest.raises(errors.UrgencyMissing):
        opened(by(actor), urgency=None)


@pytest.mark.parametrize("actor", [ALICE, SAM], ids=["alice", "sam for alice"])
@pytest.mark.parametrize("urgency", [Urgency.VERY_LOW, Urgency.LOW, Urgency.VERY_HIGH])
def test_an_opening_accepts_two_urgencies(actor, urgency):
    with pytest.raises(errors.UrgencyNotAllowed):
        opened(by(actor), urgency=urgency)


@pytest.mark.parametrize("urgency", Urgency)
def test_a_demande_takes_no_urgency(urgency):
    with pytest.raises(errors.UrgencyNotAllowed):
        opened(category=BILLING, urgency=urgency)


@pytest.mark.parametrize(
    ("category", "urgency", "ticket_type", "impact", "priority"),
    [
        ("COUPURE_TOTALE", Urgency.HIGH, "INCIDENT", 4, 4),
        ("COUPURE_TOTALE", Urgency.MEDIUM, "INCIDENT", 4, 4),
        ("PERTE_DE_PAQUETS", Urgency.HIGH, "INCIDENT", 3, 4),
        ("PERTE_DE_PAQUETS", Urgency.MEDIUM, "INCIDENT", 3, 3),
        ("DEBIT", Urgency.HIGH, "INCIDENT", 3, 4),
        ("DEBIT", Urgency.MEDIUM, "INCIDENT", 3, 3),
        ("LENTEUR", Urgency.HIGH, "INCIDENT", 2, 3),
        ("LENTEUR", Urgency.MEDIUM, "INCIDENT", 2, 2),
        ("TECHNIQUE", None, "DEMANDE", 3, 3),
        ("MODIFICATION", None, "DEMANDE", 3, 3),
        ("FACTURATION", None, "DEMANDE", 2, 2),
        ("INFORMATION", None, "DEMANDE", 2, 2),
    ],
)
def test_type_impact_and_priority_follow_from_the_category(category, urgency, ticket_type, impact, priority):
    opening = dict(happened(opened(category=GUIDE_CATEGORIES[category], urgency=urgency)))[events.Opened]

    assert (opening["ticket_type"], opening["impact"], opening["priority"]) == (ticket_type, impact, priority)


def test_no_new_ticket_can_have_a_withdrawn_category():
    withdrawn = replace(GUIDE_CATEGORIES["DEBIT"], is_active=False)

    with pytest.raises(errors.CategoryNotActive):
        opened(category=withdrawn)


@pytest.mark.parametrize("field", ["title", "description"])
def test_title_and_description_are_mandatory(field):
    blank: dict[str, Any] = {field: " \u00a0\n"}

    with pytest.raises(errors.TextMissing) as caught:
        opened(**blank)

    assert caught.value.field == field
