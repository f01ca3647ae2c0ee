"""An event that can't be read: its ticket stands still, all others go on, and nothing passes over it in silence."""

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
    """Claim a shape of which nobody here has heard."""
    return {**sound, "state": orjson.dumps({**orjson.loads(sound["state"]), "class_version": 99})}


pytestmark = [
    pytest.mark.fault(45),
    pytest.mark.parametrize(
        "poisoned",
        [pytest.param(of_a_later_release, marks=pytest.mark.fault(48)), cut_off, no_mapping, not_to_be_upcast],
    ),
]


@pytest.fixture
def number(portal: Portal, cast: Cast) -> int:
    """Open the ticket that will hold the poison."""
    number = open_incident(portal, cast)
    portal.tickets.add_follow_up(cast.context("alice"), number=number, text="Toujours lent.")
    return number


@pytest.fixture
def poison(portal: Portal, number: int, poisoned: Callable[[Content], Content]) -> Iterator[Callable[[], None]]:
    """Damage the ticket's last event; the function makes it whole again, as the end of the test does."""
    row = (events.c.stream_id == stream_of(number)) & (events.c.version == 2)
    with portal.database.query() as connection:
        sound = dict(connection.execute(select(events.c.topic, events.c.state).where(row)).mappings().one())

    def put(content: Content) -> None:
        with portal.database.command() as connection:
            connection.execute(update(events).where(row).values(**content))

    put(poisoned(sound))
    yield lambda: put(sound)
    put(sound)


def test_only_the_ticket_of_an_unreadable_event_stands_still(
    portal: Portal, cast: Cast, number: int, poison: Callable[[], None]
) -> None:
    alice, elsewhere = customer_of(portal, cast, number), customer_of(portal, cast, open_incident(portal, cast))

    refused, command_id = alice.follow_up()
    taken, _ = elsewhere.follow_up()
    shown = alice.browser.get(f"/tickets/{number}")
    poison()
    again, _ = alice.follow_up(command_id=command_id)

    assert (refused.status, refused.heading) == (SERVER_ERROR, "Erreur du portail")
    assert "Référence" in refused.words
    assert "Toujours lent." in refused.html, "what was typed is lost"
    assert (taken.status, shown.status, again.status) == (SEE_OTHER, OK, SEE_OTHER)


def test_a_rebuild_names_the_unreadable_event_and_skips_nothing(
    portal: Portal, number: int, poison: Callable[[], None]
) -> None:
    with pytest.raises(EventUnreadable) as named:
        portal.read_models.rebuild()
    found = breaches(portal)
    poison()

    assert (named.value.stream_id, named.value.version) == (stream_of(number), 2)
    assert found != []
    assert portal.read_models.rebuild() == len(log_of(portal))
