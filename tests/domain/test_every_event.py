"""The fields that all events share: author, channel, command, sealing account."""

from dataclasses import FrozenInstanceError, fields

import pytest
from eventsourcing.utils import resolve_topic
from tests.domain.people import ALICE, BOB, DENIS, MONDAY, OUTAGE, PHOTO, ROOT, SAM, by
from tests.domain.tickets import collected, opened

from izarlink_tickets.domain import events
from izarlink_tickets.domain.account import ACCOUNT_EVENTS, AccountEvent, DirectoryEvent
from izarlink_tickets.domain.vocabulary import SYSTEM, Channel, CommandContext, Urgency

FREE_TEXTS = {"title", "description", "text", "question", "reason", "solution", "comment", "note", "name"}


def test_every_event_says_who_did_it_how_when_and_under_which_command(ticket_awaiting_customer):
    context = CommandContext(BOB, MONDAY, Channel.MAIL, "c0000000-0000-4000-8000-000000000099")

    ticket_awaiting_customer.add_follow_up(context, text="Rouge.", files=[PHOTO])

    authorships = {
        (event.actor_id, event.role, event.channel, event.timestamp, event.command_id)
        for event in collected(ticket_awaiting_customer)
    }
    assert authorships == {(BOB.account_id, "company", "mail", MONDAY, "c0000000-0000-4000-8000-000000000099")}


def test_the_opening_says_who_did_it_how_when_and_under_which_command():
    context = CommandContext(ROOT, MONDAY, Channel.PHONE, "c0000000-0000-4000-8000-000000000099")

    event = collected(opened(context))[0]

    authorship = (event.actor_id, event.role, event.channel, event.timestamp, event.command_id)
    assert authorship == (ROOT.account_id, "administrator", "phone", MONDAY, "c0000000-0000-4000-8000-000000000099")


def test_events_hold_plain_values_only():
    ticket = opened(files=[PHOTO])
    ticket.request_information(by(SAM), question="Quel voyant ?")
    ticket.requalify(by(SAM), category=OUTAGE, service=None, urgency=Urgency.LOW, impact=1)
    ticket.add_internal_note(by(SAM), text="Voir le NRO.", mentioned=[ROOT])

    values = {type(value) for event in collected(ticket) for value in events.own_fields(event).values()}
    assert values == {str, int, type(None), list, dict}


def test_events_do_not_change():
    event = collected(opened())[0]

    with pytest.raises(FrozenInstanceError):
        event.state = "CLOTURE"


class FollowUpWithMood(events.FollowUpAdded):
    """A later release's event, with an additional field."""

    mood: str = "calm"


def test_an_event_stored_before_a_field_was_added_has_its_default(new_ticket):
    new_ticket.add_follow_up(by(ALICE), text="Rouge.")
    stored = vars(collected(new_ticket)[0])

    loaded = object.__new__(FollowUpWithMood)
    loaded.__dict__.update(stored)

    assert events.own_fields(loaded) == {"text": "Rouge.", "mood": "calm"}


# --- the sealing account ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "sealed_for"),
    [
        pytest.param(ALICE, ALICE, id="the requester's words for the requester"),
        pytest.param(BOB, BOB, id="a colleague's words for the colleague"),
        pytest.param(SAM, ALICE, id="support's words for the requester"),
        pytest.param(ROOT, ALICE, id="an administrator's words for the requester"),
    ],
)
def test_words_and_files_are_sealed_for_their_customer(actor, sealed_for, new_ticket):
    new_ticket.add_follow_up(by(actor), text="Voici.", files=[PHOTO])

    assert {event.sealed_for for event in collected(new_ticket)} == {sealed_for.account_id}


@pytest.mark.parametrize("actor", [ALICE, SAM], ids=["alice", "sam"])
def test_an_opening_is_sealed_for_its_requester(actor):
    ticket = opened(by(actor), files=[PHOTO])

    assert {event.sealed_for for event in collected(ticket)} == {ALICE.account_id}


def test_support_words_are_sealed_for_the_requester_of_the_time(new_ticket):
    new_ticket.change_requester(by(SAM), requester=DENIS)
    new_ticket.add_follow_up(by(SAM), text="Bonjour Denis.")

    assert [event.sealed_for for event in collected(new_ticket)] == [ALICE.account_id, DENIS.account_id]


def test_events_of_the_system_are_sealed_for_the_requester(resolved_ticket):
    resolved_ticket.remind(by(SYSTEM, days=3), information_days=2, solution_days=2)

    assert [event.sealed_for for event in collected(resolved_ticket)] == [ALICE.account_id]


def test_every_free_text_is_sealed_and_nothing_else():
    texts = {event: {field.name for field in fields(event)} & FREE_TEXTS for event in events.TICKET_EVENTS}

    assert {event: set(event.SEALED) for event in events.TICKET_EVENTS} == texts


# --- topics -----------------------------------------------------------------------------------------------------------


def test_no_two_events_share_a_topic():
    topics = [event.TOPIC for event in events.TICKET_EVENTS] + [event.TOPIC for event in ACCOUNT_EVENTS]

    assert len(set(topics)) == len(topics)


def test_a_topic_leads_to_its_event():
    assert [resolve_topic(event.TOPIC) for event in events.TICKET_EVENTS] == list(events.TICKET_EVENTS)


def test_every_account_event_class_is_listed():
    classes = {*AccountEvent.__subclasses__(), *DirectoryEvent.__subclasses__()} - {DirectoryEvent}

    assert classes == set(ACCOUNT_EVENTS)
