"""Processes killed within a command or a rebuild."""

from collections.abc import Sequence
from functools import partial

import pytest
from sqlalchemy import inspect
from tests.cast import Cast
from tests.faults.children import killed_at
from tests.faults.commands import COMMANDS, open_two
from tests.faults.invariants import breaches, log_of
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.config import Settings
from izarlink_tickets.failpoints import EXIT_CODE, Point
from izarlink_tickets.outbox import list_messages
from izarlink_tickets.projections import MODELS

BEFORE_COMMIT = [
    pytest.param(Point.BLOB_WRITTEN, marks=pytest.mark.fault(40)),
    pytest.param(Point.BEFORE_APPEND, marks=pytest.mark.fault(1)),
    pytest.param(Point.AFTER_EVENTS, marks=pytest.mark.fault(5)),
    pytest.param(Point.AFTER_READ_MODELS, marks=pytest.mark.fault(6)),
    pytest.param(Point.AFTER_OUTBOX, marks=pytest.mark.fault(7)),
    pytest.param(Point.BEFORE_COMMIT, marks=pytest.mark.fault(8)),
]
IN_A_REBUILD = [
    (Point.REBUILD_PAGE, 1),
    (Point.REBUILD_PAGE, 3),
    (Point.REBUILD_SWAP, 1),
    (Point.REBUILD_SWAP, len(MODELS)),
]


def rebuild(portal: Portal) -> int:
    return portal.read_models.rebuild()


def stored(portal: Portal) -> tuple[object, ...]:
    with portal.database.query() as connection:
        return log_of(portal), list_messages(connection)


def tables(portal: Portal) -> Sequence[str]:
    with portal.database.query() as connection:
        return sorted(inspect(connection).get_table_names())


@pytest.fixture
def portal_with_two_tickets(portal: Portal, cast: Cast) -> Portal:
    open_two(portal, cast)
    return portal


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("point", BEFORE_COMMIT)
def test_a_command_killed_before_commit_leaves_nothing(portal_with_two_tickets, settings, cast, command, point):
    portal, context = portal_with_two_tickets, cast.context("alice")
    before = stored(portal)

    exit_code = killed_at(point, partial(command, context=context), settings=settings)

    assert (exit_code, stored(portal)) == (EXIT_CODE, before)
    assert command(portal, context).is_repeated is False


@pytest.mark.fault(2)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_killed_after_commit_is_stored_whole(portal_with_two_tickets, settings, cast, command):
    portal, context = portal_with_two_tickets, cast.context("alice")

    exit_code = killed_at(Point.BEFORE_ANSWER, partial(command, context=context), settings=settings)

    after = stored(portal)
    assert (exit_code, command(portal, context).is_repeated) == (EXIT_CODE, True)
    assert stored(portal) == after


@pytest.mark.fault(9)
@pytest.mark.parametrize(("point", "nth"), IN_A_REBUILD)
def test_a_rebuild_that_was_killed_leaves_the_old_read_models(
    portal_with_two_tickets: Portal, settings: Settings, cast: Cast, point: Point, nth: int
) -> None:
    portal = portal_with_two_tickets
    known = tables(portal)

    exit_code = killed_at(point, rebuild, settings=settings, nth=nth)

    open_incident(portal, cast)
    assert (exit_code, breaches(portal)) == (EXIT_CODE, [])
    portal.read_models.rebuild()
    assert tables(portal) == known
