"""Replays: each event as recorded, the ticket at any version or moment."""

import pytest
from tests.cast import Cast
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.errors import NotAllowed, TicketNotFound
from izarlink_tickets.domain.vocabulary import State
from izarlink_tickets.sealing import destroy_keys


def test_a_replay_contains_every_event_unsealed(portal: Portal, cast: Cast) -> None:
    number = closed_incident(portal, cast)

    replay = portal.audit.replay(cast["ada"].actor, number=number)

    assert [(event.version, event.event) for event in replay.events] == [
        (1, "Opened"),
        (2, "Assigned"),
        (3, "Resolved"),
        (4, "SolutionApproved"),
    ]
    assert replay.events[0].data["description"] == "Depuis ce matin."
    assert (replay.title, replay.ticket.state, replay.last_version) == ("Débit à 2 Mbit/s", State.CLOSED, 4)


@pytest.mark.parametrize(
    ("version", "state"), [(1, State.NEW), (2, State.IN_PROGRESS), (3, State.RESOLVED), (4, State.CLOSED)]
)
def test_the_ticket_is_as_it_was_at_the_version(portal: Portal, cast: Cast, version: int, state: State) -> None:
    number = closed_incident(portal, cast)

    replay = portal.audit.replay(cast["ada"].actor, number=number, version=version)

    assert (replay.ticket.state, replay.ticket.version, len(replay.events)) == (state, version, version)


def test_the_ticket_is_as_it_was_at_the_moment(portal: Portal, cast: Cast) -> None:
    number = open_incident(portal, cast)
    then = cast.clock()
    portal.tickets.resolve(cast.context("sam"), number=number, solution="Remplacé.")

    replay = portal.audit.replay(cast["ada"].actor, number=number, until=then)

    assert replay.ticket.state is State.NEW


def test_a_ticket_that_did_not_exist_yet_is_not_found(portal: Portal, cast: Cast) -> None:
    before = cast.clock()
    number = open_incident(portal, cast)

    with pytest.raises(TicketNotFound):
        portal.audit.replay(cast["ada"].actor, number=number, until=before)
    with pytest.raises(TicketNotFound):
        portal.audit.replay(cast["ada"].actor, number=number + 1)


@pytest.mark.parametrize("name", ["alice", "bob", "charlie"])
def test_customers_cannot_replay(portal: Portal, cast: Cast, name: str) -> None:
    number = open_incident(portal, cast)

    with pytest.raises(NotAllowed):
        portal.audit.replay(cast[name].actor, number=number)


def test_a_replay_of_an_erased_person_has_the_state_but_no_texts(portal: Portal, cast: Cast) -> None:
    number = resolved_incident(portal, cast)
    with portal.database.command() as connection:
        destroy_keys(connection, cast["alice"].id, now=cast.clock())

    replay = portal.audit.replay(cast["ada"].actor, number=number)

    assert [event.data.get("description", "") for event in replay.events] == [None, "", ""]
    assert (replay.title, replay.ticket.state) == (None, State.RESOLVED)
