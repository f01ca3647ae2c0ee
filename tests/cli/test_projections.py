"""`projections`: rebuild, verify."""

from sqlalchemy import update
from tests.cast import Cast
from tests.cli.conftest import Command, is_one_line
from tests.openings import open_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.projections.ticket_queries import LIVE


def test_read_models_that_match_the_log_are_verified(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)

    assert command("projections", "verify").code == 0


def test_a_changed_row_is_a_breach_that_a_rebuild_repairs(command: Command, portal: Portal, cast: Cast):
    open_incident(portal, cast)
    with portal.database.command() as connection:
        connection.execute(update(LIVE.tickets).values(priority=1))

    breached, rebuilt, verified = (
        command("projections", "verify"),
        command("projections", "rebuild"),
        command("projections", "verify"),
    )

    assert breached.code == 3
    assert is_one_line(breached.err)
    assert "ticket_list" in breached.err
    assert (rebuilt.code, verified.code) == (0, 0)
