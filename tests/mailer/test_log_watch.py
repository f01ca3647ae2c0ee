"""An older copy of the database sends no mail a second time."""

import pytest
from sqlalchemy import text
from tests.cast import Cast
from tests.openings import open_incident

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.event_store import begin_epoch
from izarlink_tickets.mail_hold import Hold, mail_hold
from izarlink_tickets.mailer import Mailer, open_mailer

pytestmark = pytest.mark.parametrize("stage", ["sqlite"], indirect=True)


def mailer(portal: Portal, cast: Cast) -> Mailer:
    """Build the mailer of a process that has just started."""
    return open_mailer(portal.database, portal.settings, clock=cast.clock)


def hold_of(portal: Portal) -> Hold | None:
    with portal.database.query() as connection:
        return mail_hold(connection)


def go_back(portal: Portal) -> None:
    """Undo the last event and its mails, like an older copy."""
    with portal.database.command() as connection:
        connection.execute(text("DELETE FROM events WHERE position = (SELECT position FROM log_head)"))
        connection.execute(text("UPDATE log_head SET position = position - 1"))
        connection.execute(text("UPDATE outbox SET status = 'waiting' WHERE number IS NOT NULL"))


@pytest.fixture
def followed(portal: Portal, cast: Cast) -> Portal:
    """Return a portal with sent mails and a stored cursor."""
    open_incident(portal, cast)
    assert mailer(portal, cast).send_due() == 3
    return portal


def test_a_restarted_portal_goes_on_sending(followed: Portal, cast: Cast) -> None:
    open_incident(followed, cast)

    assert mailer(followed, cast).send_due() == 3
    assert hold_of(followed) is None


def test_mails_are_held_where_the_log_went_back(followed: Portal, cast: Cast) -> None:
    go_back(followed)

    sent = mailer(followed, cast).send_due()

    hold = hold_of(followed)
    assert sent == 0
    assert hold is not None
    assert hold.reason.startswith("because the log went back from event ")


def test_mails_are_held_only_once(followed: Portal, cast: Cast) -> None:
    go_back(followed)
    mailer(followed, cast).send_due()
    with followed.database.command() as connection:
        connection.execute(text("DELETE FROM installation WHERE name = 'mails_held'"))

    assert mailer(followed, cast).send_due() == 3


def test_an_announced_restore_adds_no_hold(followed: Portal, cast: Cast) -> None:
    go_back(followed)
    with followed.database.command() as connection:
        begin_epoch(connection, now=cast.clock())

    mailer(followed, cast).send_due()

    assert hold_of(followed) is None


def test_a_damaged_cursor_file_counts_as_missing(followed: Portal, cast: Cast) -> None:
    (followed.settings.data_dir / "log_seen.json").write_bytes(b'{"generation": "')
    open_incident(followed, cast)

    assert mailer(followed, cast).send_due() == 3


def test_a_held_mail_is_not_sent(followed: Portal, cast: Cast) -> None:
    go_back(followed)
    mailer(followed, cast).send_due()

    with followed.database.command() as connection:
        assert not outbox.has_due(connection, now=cast.clock())
        assert outbox.lease(connection, now=cast.clock()) == []
