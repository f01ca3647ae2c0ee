"""Followers of a log that was replaced by an older copy."""

import pytest
from sqlalchemy import text
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import Cursor, LogWentBack, begin_epoch, current_cursor, require_same_log


def cursor_of(portal: Portal) -> Cursor:
    with portal.database.query() as connection:
        return current_cursor(connection)


def go_back(portal: Portal, *, events: int) -> None:
    """Reset the log to an older state, as a copied file does."""
    with portal.database.command() as connection:
        connection.execute(text("UPDATE log_head SET position = position - :n"), {"n": events})
        connection.execute(text("DELETE FROM events WHERE position > (SELECT position FROM log_head)"))
        connection.execute(text("UPDATE log_head SET ticket_number = ticket_number - 1"))


def restore(portal: Portal, cast: Cast, *, events: int) -> None:
    go_back(portal, events=events)
    with portal.database.command() as connection:
        begin_epoch(connection, now=cast.clock())


def follow(portal: Portal, cursor: Cursor) -> None:
    with portal.database.query() as connection:
        require_same_log(connection, cursor)


def test_a_log_that_grew_is_the_same(portal: Portal, cast: Cast) -> None:
    cursor = cursor_of(portal)
    open_incident(portal, cast)

    follow(portal, cursor)
    follow(portal, cursor_of(portal))


def test_a_log_that_went_back_is_refused(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    cursor = cursor_of(portal)
    go_back(portal, events=1)

    with pytest.raises(LogWentBack) as refused:
        follow(portal, cursor)

    assert (refused.value.position, refused.value.was_restored) == (cursor.position - 1, False)


def test_a_log_that_went_back_and_grew_past_is_refused(portal: Portal, cast: Cast) -> None:
    open_incident(portal, cast)
    cursor = cursor_of(portal)
    restore(portal, cast, events=1)
    portal.read_models.rebuild()
    open_incident(portal, cast)
    open_incident(portal, cast)

    with pytest.raises(LogWentBack) as refused:
        follow(portal, cursor)

    assert refused.value.was_restored


def test_a_log_restored_to_a_later_place_goes_on(portal: Portal, cast: Cast) -> None:
    cursor = cursor_of(portal)
    open_incident(portal, cast)
    open_incident(portal, cast)

    restore(portal, cast, events=1)

    follow(portal, cursor)
    assert cursor_of(portal).generation != cursor.generation


def test_a_follower_that_has_seen_no_event_can_begin_anywhere(portal: Portal) -> None:
    follow(portal, Cursor("none", 0, "0" * 64))
