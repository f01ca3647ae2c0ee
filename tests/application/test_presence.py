"""Who has a ticket open: colleagues of the desk, for a minute."""

import pytest
from sqlalchemy import func, select
from tests.cast import Cast, Clock

from izarlink_tickets.application import Portal
from izarlink_tickets.application.presence import colleagues_on
from izarlink_tickets.desk.presences import PresentColleague, presences
from izarlink_tickets.domain.errors import NotAllowed

NUMBER = 7


def seen_by(portal: Portal, cast: Cast, name: str, number: int = NUMBER) -> list[PresentColleague]:
    with portal.database.query() as connection:
        return colleagues_on(connection, cast[name].person, number=number, now=cast.clock())


def note(portal: Portal, cast: Cast, name: str, writing: str = "") -> None:
    portal.presence.note(cast[name].person, number=NUMBER, now=cast.clock(), writing=writing)


def test_a_colleague_is_seen_and_nobody_sees_himself(portal: Portal, cast: Cast) -> None:
    note(portal, cast, "nora", "repondre")
    note(portal, cast, "sam")

    assert seen_by(portal, cast, "sam") == [PresentColleague("Nora Iriart", "repondre")]
    assert seen_by(portal, cast, "nora") == [PresentColleague("Sam Iriart", "")]
    assert seen_by(portal, cast, "sam", NUMBER + 1) == []


def test_what_somebody_does_changes_at_once(portal: Portal, cast: Cast) -> None:
    note(portal, cast, "nora")
    note(portal, cast, "nora", "note")

    assert seen_by(portal, cast, "sam") == [PresentColleague("Nora Iriart", "note")]


def test_whoever_says_so_again_stays_and_whoever_is_silent_is_forgotten(
    portal: Portal, cast: Cast, clock: Clock
) -> None:
    note(portal, cast, "nora")
    note(portal, cast, "root")
    clock.advance(seconds=40)
    note(portal, cast, "nora")
    clock.advance(seconds=25)

    assert [one.name for one in seen_by(portal, cast, "sam")] == ["Nora Iriart"]


def test_a_page_looked_at_again_at_once_writes_nothing(portal: Portal, cast: Cast, clock: Clock) -> None:
    note(portal, cast, "nora")
    first = clock()
    clock.advance(seconds=5)
    note(portal, cast, "nora")

    with portal.database.query() as connection:
        assert connection.execute(select(presences.c.seen_at)).scalars().all() == [first]


def test_the_past_is_thrown_away(portal: Portal, cast: Cast, clock: Clock) -> None:
    note(portal, cast, "nora")

    portal.housekeeping.run(clock.advance(minutes=2))

    with portal.database.query() as connection:
        assert connection.execute(select(func.count()).select_from(presences)).scalar_one() == 0


@pytest.mark.parametrize("name", ["alice", "ada"])
def test_only_staff_is_seen_and_sees(portal: Portal, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        note(portal, cast, name)
    with pytest.raises(NotAllowed):
        seen_by(portal, cast, name)
