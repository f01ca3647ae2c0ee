"""Solutions: proposed, revised, withdrawn, approved, refused. Source: guide §6."""

from dataclasses import replace

import pytest
from tests.domain.people import ALICE, BOB, ETXEA, NORA, PHOTO, SAM, by
from tests.domain.tickets import happened, kinds, loaded, refused

from izarlink_tickets.domain import errors, events
from izarlink_tickets.domain.vocabulary import Channel, Role

# --- proposing --------------------------------------------------------------------------------------------------------


def test_resolving_proposes_the_first_version(ticket_being_worked_on):
    ticket_being_worked_on.resolve(by(SAM), solution=" Optique remplacée. ")

    assert happened(ticket_being_worked_on) == [
        (events.Resolved, {"solution": "Optique remplacée.", "solution_version": 1})
    ]


def test_a_solution_is_mandatory(new_ticket):
    with refused(errors.TextMissing, new_ticket) as caught:
        new_ticket.resolve(by(SAM), solution="  ")

    assert caught.value.field == "solution"


def test_a_revision_is_the_next_version(resolved_ticket):
    resolved_ticket.revise_solution(by(NORA), solution="Jarretière aussi.")

    assert happened(resolved_ticket) == [
        (events.SolutionRevised, {"solution": "Jarretière aussi.", "solution_version": 2})
    ]


def test_a_revision_is_not_empty(resolved_ticket):
    with refused(errors.TextMissing, resolved_ticket):
        resolved_ticket.revise_solution(by(SAM), solution="")


def test_withdrawing_records_the_reason(resolved_ticket):
    resolved_ticket.withdraw_solution(by(SAM), reason="La panne revient.")

    assert happened(resolved_ticket) == [(events.SolutionWithdrawn, {"reason": "La panne revient."})]


def test_withdrawing_without_a_reason_is_refused(resolved_ticket):
    with refused(errors.TextMissing, resolved_ticket):
        resolved_ticket.withdraw_solution(by(SAM), reason="\t")


def test_versions_go_on_counting_after_a_withdrawal(resolved_ticket):
    resolved_ticket.withdraw_solution(by(SAM), reason="La panne revient.")
    resolved_ticket.resolve(by(SAM), solution="Câble remplacé.")

    assert happened(resolved_ticket)[-1] == (events.Resolved, {"solution": "Câble remplacé.", "solution_version": 2})


# --- approving --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ALICE, BOB], ids=["the requester", "the company role"])
def test_approving_closes_and_keeps_the_comment(person, resolved_ticket):
    resolved_ticket.approve_solution(by(person), solution_version=1, comment=" Merci ! ")

    assert happened(resolved_ticket) == [(events.SolutionApproved, {"comment": "Merci !", "solution_version": 1})]


def test_approving_needs_no_comment(resolved_ticket):
    resolved_ticket.approve_solution(by(ALICE), solution_version=1)

    assert dict(happened(resolved_ticket))[events.SolutionApproved]["comment"] == ""


def test_an_endless_comment_is_refused(resolved_ticket):
    with refused(errors.TextTooLong, resolved_ticket):
        resolved_ticket.approve_solution(by(ALICE), solution_version=1, comment="a" * 20_001)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_only_the_pending_version_is_approved(version, resolved_ticket):
    resolved_ticket.revise_solution(by(SAM), solution="Mieux.")
    loaded(resolved_ticket)

    with refused(errors.SolutionHasChanged, resolved_ticket) as caught:
        resolved_ticket.approve_solution(by(ALICE), solution_version=version)

    assert (caught.value.seen, caught.value.current) == (version, 2)


def test_nobody_approves_their_own_solution_even_after_changing_sides(resolved_ticket):
    sam_at_etxea = replace(SAM, role=Role.COMPANY, organisation_id=ETXEA)

    with refused(errors.SolutionApprovedByItsAuthor, resolved_ticket):
        resolved_ticket.approve_solution(by(sam_at_etxea), solution_version=1)


def test_the_reviser_becomes_the_author_of_the_solution(resolved_ticket):
    resolved_ticket.revise_solution(by(NORA), solution="Mieux.")
    loaded(resolved_ticket)
    nora_at_etxea = replace(NORA, role=Role.COMPANY, organisation_id=ETXEA)

    with refused(errors.SolutionApprovedByItsAuthor, resolved_ticket):
        resolved_ticket.approve_solution(by(nora_at_etxea), solution_version=2)


def test_an_approval_by_phone_is_another_fact_and_names_the_person(resolved_ticket):
    resolved_ticket.record_approval(by(SAM), note="Alice, au téléphone à 10 h.")

    assert happened(resolved_ticket) == [
        (events.SolutionApprovedOnBehalf, {"note": "Alice, au téléphone à 10 h.", "solution_version": 1})
    ]


@pytest.mark.parametrize("channel", [Channel.WEB, Channel.CLI])
def test_an_approval_by_phone_has_the_channel_phone(channel, resolved_ticket):
    resolved_ticket.record_approval(by(SAM, channel=channel), note="Alice, au téléphone à 10 h.")

    assert [event.channel for event in resolved_ticket.pending_events] == ["phone"]


def test_the_author_of_the_solution_may_record_an_approval_by_phone(resolved_ticket):
    with refused(errors.NotAllowed, resolved_ticket):
        resolved_ticket.record_approval(by(ALICE), note="Moi-même.")

    resolved_ticket.record_approval(by(SAM), note="Alice, au téléphone à 10 h.")

    assert kinds(resolved_ticket) == [events.SolutionApprovedOnBehalf]


def test_an_approval_by_phone_without_a_note_is_refused(resolved_ticket):
    with refused(errors.TextMissing, resolved_ticket) as caught:
        resolved_ticket.record_approval(by(SAM), note=" ")

    assert caught.value.field == "note"


# --- refusing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [ALICE, BOB], ids=["the requester", "the company role"])
def test_refusing_records_reason_and_files(person, resolved_ticket):
    resolved_ticket.refuse_solution(by(person), solution_version=1, reason="Toujours coupé.", files=[PHOTO])

    first, second = happened(resolved_ticket)
    assert first == (events.SolutionRefused, {"reason": "Toujours coupé.", "solution_version": 1})
    assert second[0] is events.AttachmentAdded


def test_refusing_without_a_reason_is_refused(resolved_ticket):
    with refused(errors.TextMissing, resolved_ticket) as caught:
        resolved_ticket.refuse_solution(by(ALICE), solution_version=1, reason="", files=[PHOTO])

    assert caught.value.field == "reason"


def test_only_the_pending_version_is_refused(resolved_ticket):
    resolved_ticket.revise_solution(by(SAM), solution="Mieux.")
    loaded(resolved_ticket)

    with refused(errors.SolutionHasChanged, resolved_ticket):
        resolved_ticket.refuse_solution(by(ALICE), solution_version=1, reason="Toujours coupé.")


def test_refusing_takes_five_files_at_most(resolved_ticket):
    with refused(errors.TooManyFiles, resolved_ticket):
        resolved_ticket.refuse_solution(by(ALICE), solution_version=1, reason="Toujours coupé.", files=[PHOTO] * 6)


def test_a_refused_solution_can_be_followed_by_a_better_one(resolved_ticket):
    resolved_ticket.refuse_solution(by(ALICE), solution_version=1, reason="Toujours coupé.")
    resolved_ticket.resolve(by(SAM), solution="Câble remplacé.")
    loaded(resolved_ticket)

    resolved_ticket.approve_solution(by(ALICE), solution_version=2)

    assert kinds(resolved_ticket) == [events.SolutionApproved]
