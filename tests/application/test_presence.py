"""Presence of technicians on a ticket, for a minute."""

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
        return colleagues_on(connection, cast[name].actor, number=number, now=cast.clock())


def note(portal: Portal, cast: Cast, name: str, writing: str = "") -> None:
    portal.presence.note(cast[name].actor, number=NUMBER, now=cast.clock(), writing=writing)


def test_technicians_see_their_colleagues_but_not_themselves(portal: Portal, cast: Cast) -> None:
    note(portal, cast, "nora", "repondre")
    note(portal, cast, "sam")

    assert seen_by(portal, cast, "sam") == [PresentColleague("Nora Iriart", "repondre")]
    assert seen_by(portal, cast, "nora") == [PresentColleague("Sam Iriart", "")]
    assert seen_by(portal, cast, "sam", NUMBER + 1) == []


def test_a_changed_activity_is_stored_at_once(portal: Portal, cast: Cast) -> None:
    note(portal, cast, "nora")
    note(portal, cast, "nora", "note")

    assert seen_by(portal, cast, "sam") == [PresentColleague("Nora Iriart", "note")]


def test_a_repeated_presence_stays_and_a_silent_one_expires(portal: Portal, cast: Cast, clock: Clock) -> None:
    note(portal, cast, "nora")
    note(portal, cast, "root")
    clock.advance(seconds=40)
    note(portal, cast, "nora")
    clock.advance(seconds=25)

    assert [colleague.name for colleague in seen_by(portal, cast, "sam")] == ["Nora Iriart"]


def test_a_deactivated_colleague_is_not_present(portal: Portal, cast: Cast) -> None:
    note(portal, cast, "nora")

    portal.accounts.deactivate(cast.context("root"), email=cast["nora"].email)

    assert seen_by(portal, cast, "sam") == []


def test_a_page_that_is_reloaded_at_once_writes_nothing(portal: Portal, cast: Cast, clock: Clock) -> None:
    note(portal, cast, "nora")
    first = clock()
    clock.advance(seconds=5)
    note(portal, cast, "nora")

    with portal.database.query() as connection:
        assert connection.execute(select(presences.c.seen_at)).scalars().all() == [first]


def test_past_presences_are_deleted(portal: Portal, cast: Cast, clock: Clock) -> None:
    note(portal, cast, "nora")

    portal.housekeeping.run(clock.advance(minutes=2))

    with portal.database.query() as connection:
        assert connection.execute(select(func.count()).select_from(presences)).scalar_one() == 0


@pytest.mark.parametrize("name", ["alice", "ada"])
def test_only_staff_has_a_presence(portal: Portal, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        note(portal, cast, name)
    with pytest.raises(NotAllowed):
        seen_by(portal, cast, name)
