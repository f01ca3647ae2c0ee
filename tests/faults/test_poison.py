"""Unreadable events: only their ticket stops, and nothing skips them."""

from collections.abc import Callable, Iterator

import orjson
import pytest
from sqlalchemy import select, update
from tests.cast import Cast
from tests.faults.customer import SEE_OTHER, customer_of
from tests.faults.invariants import breaches, log_of
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.event_store import EventUnreadable, events

OK, SERVER_ERROR = 200, 500

Content = dict[str, str | bytes]


def of_a_later_release(sound: Content) -> Content:
    return {**sound, "topic": "ticket.teleported"}


def cut_off(sound: Content) -> Content:
    return {**sound, "state": sound["state"][:-9]}


def no_mapping(sound: Content) -> Content:
    return {**sound, "state": b"[]"}


def not_to_be_upcast(sound: Content) -> Content:
    """Set a version of the event that has no upcaster."""
    return {**sound, "state": orjson.dumps({**orjson.loads(sound["state"]), "class_version": 99})}


pytestmark = [
    pytest.mark.fault(45),
    pytest.mark.parametrize(
        "damage",
        [pytest.param(of_a_later_release, marks=pytest.mark.fault(48)), cut_off, no_mapping, not_to_be_upcast],
    ),
]


@pytest.fixture
def number(portal: Portal, cast: Cast) -> int:
    """Open the ticket whose last event is damaged."""
    number = open_incident(portal, cast)
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")
    return number


@pytest.fixture
def repair(portal: Portal, number: int, damage: Callable[[Content], Content]) -> Iterator[Callable[[], None]]:
    """Damage the ticket's last event; return a function that repairs it."""
    row = (events.c.stream_id == stream_of(number)) & (events.c.version == 2)
    with portal.database.query() as connection:
        sound = dict(connection.execute(select(events.c.topic, events.c.state).where(row)).mappings().one())

    def store(content: Content) -> None:
        with portal.database.command() as connection:
            connection.execute(update(events).where(row).values(**content))

    store(damage(sound))
    yield lambda: store(sound)
    store(sound)


def test_only_the_ticket_of_an_unreadable_event_stops(
    portal: Portal, cast: Cast, number: int, repair: Callable[[], None]
) -> None:
    alice, elsewhere = customer_of(portal, cast, number), customer_of(portal, cast, open_incident(portal, cast))

    refused, command_id = alice.follow_up()
    accepted, _ = elsewhere.follow_up()
    page = alice.browser.get(f"/tickets/{number}")
    repair()
    again, _ = alice.follow_up(command_id=command_id)

    assert (refused.status, refused.heading) == (SERVER_ERROR, "Erreur du portail")
    assert "Référence" in refused.words
    assert "Toujours lent." in refused.html, "the typed text is lost"
    assert (accepted.status, page.status, again.status) == (SEE_OTHER, OK, SEE_OTHER)


def test_a_rebuild_names_the_unreadable_event_and_skips_nothing(
    portal: Portal, number: int, repair: Callable[[], None]
) -> None:
    with pytest.raises(EventUnreadable) as refused:
        portal.read_models.rebuild()
    findings = breaches(portal)
    repair()

    assert (refused.value.stream_id, refused.value.version) == (stream_of(number), 2)
    assert findings != []
    assert portal.read_models.rebuild() == len(log_of(portal))
