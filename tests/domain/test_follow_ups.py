"""Follow-ups and internal notes."""

import pytest
from tests.domain.people import ADA, ALICE, BOB, NORA, PHOTO, REPORT, ROOT, SAM, by, deactivated
from tests.domain.tickets import collected, happened, kinds, refused

from izarlink_tickets.domain import errors, events

# --- follow-ups -------------------------------------------------------------------------------------------------------


def test_a_follow_up_keeps_its_text(new_ticket):
    new_ticket.add_follow_up(by(ALICE), text=" Le voyant\r\nest rouge. ")

    assert happened(new_ticket) == [(events.FollowUpAdded, {"text": "Le voyant\nest rouge."})]


def test_files_follow_the_text(new_ticket):
    new_ticket.add_follow_up(by(ALICE), text="Voici.", files=[PHOTO, REPORT])

    assert kinds(new_ticket) == [events.FollowUpAdded, events.AttachmentAdded, events.AttachmentAdded]


def test_a_file_alone_is_a_follow_up(new_ticket):
    new_ticket.add_follow_up(by(ALICE), text="", files=[PHOTO])

    assert [kind.__name__ for kind, _ in happened(new_ticket)] == ["FollowUpAdded", "AttachmentAdded"]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u00a0"])
def test_a_follow_up_without_text_and_files_is_refused(text, new_ticket):
    with refused(errors.NothingToAdd, new_ticket):
        new_ticket.add_follow_up(by(ALICE), text=text)


def test_a_sixth_file_is_refused(new_ticket):
    with refused(errors.TooManyFiles, new_ticket):
        new_ticket.add_follow_up(by(ALICE), text="Voici.", files=[PHOTO] * 6)


def test_an_endless_follow_up_is_refused(new_ticket):
    with refused(errors.TextTooLong, new_ticket):
        new_ticket.add_follow_up(by(ALICE), text="a" * 20_001)


@pytest.mark.parametrize("person", [ALICE, BOB], ids=["the requester", "the company role"])
def test_the_customers_answer_resumes_the_ticket(person, ticket_awaiting_customer):
    ticket_awaiting_customer.add_follow_up(by(person), text="Rouge.", files=[PHOTO])

    assert kinds(ticket_awaiting_customer) == [events.FollowUpAdded, events.AttachmentAdded, events.Resumed]


def test_the_answer_itself_leaves_the_ticket_waiting_until_it_resumes(ticket_awaiting_customer):
    ticket_awaiting_customer.add_follow_up(by(ALICE), text="Rouge.")

    steps = [(event.previous_state, event.state, event.awaiting) for event in collected(ticket_awaiting_customer)]
    assert steps == [("EN_ATTENTE", "EN_ATTENTE", "CLIENT"), ("EN_ATTENTE", "EN_COURS", None)]


def test_a_follow_up_of_support_does_not_answer_its_own_question(ticket_awaiting_customer):
    ticket_awaiting_customer.add_follow_up(by(SAM), text="Sur la face avant.")

    assert kinds(ticket_awaiting_customer) == [events.FollowUpAdded]


def test_a_follow_up_of_the_customer_does_not_end_the_wait_for_a_third_party(ticket_awaiting_third_party):
    ticket_awaiting_third_party.add_follow_up(by(ALICE), text="Des nouvelles ?")

    assert kinds(ticket_awaiting_third_party) == [events.FollowUpAdded]


def test_a_comment_on_a_solution_decides_nothing(resolved_ticket):
    resolved_ticket.add_follow_up(by(ALICE), text="Je regarde demain.")

    assert [(type(event), event.state) for event in collected(resolved_ticket)] == [(events.FollowUpAdded, "RESOLU")]


# --- internal notes ---------------------------------------------------------------------------------------------------


def test_a_note_keeps_its_text_and_mentions(new_ticket):
    new_ticket.add_internal_note(by(SAM), text="Voir le NRO.", mentioned=[NORA, ROOT])

    assert happened(new_ticket) == [
        (
            events.InternalNoteAdded,
            {"text": "Voir le NRO.", "mentioned_ids": [NORA.account_id, ROOT.account_id]},
        )
    ]


def test_an_empty_note_is_refused(new_ticket):
    with refused(errors.TextMissing, new_ticket) as caught:
        new_ticket.add_internal_note(by(SAM), text=" ")

    assert caught.value.field == "note"


@pytest.mark.parametrize("person", [ALICE, ADA, deactivated(NORA)], ids=["a customer", "an auditor", "deactivated"])
def test_a_note_mentions_active_staff_only(person, new_ticket):
    with refused(errors.PersonNotEligible, new_ticket):
        new_ticket.add_internal_note(by(SAM), text="Voir le NRO.", mentioned=[NORA, person])


def test_notes_and_what_the_portal_tells_support_are_not_public():
    internal = [event for event in events.TICKET_EVENTS if not event.IS_PUBLIC]

    assert internal == [events.InternalNoteAdded, events.SilenceReported, events.WaitRestarted]
