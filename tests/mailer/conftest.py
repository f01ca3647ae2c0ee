"""Fixtures of the mailer's tests: both databases, a real SMTP server."""

from collections.abc import Iterator

import pytest
from tests.cast import Cast
from tests.mailer.digest_hours import choose
from tests.mailer.mail_room import MailRoom, mailer_to
from tests.mailer.post_office import WAIT_SECONDS, PostOffice, open_post_office

from izarlink_tickets.accounts import MailPace
from izarlink_tickets.application import Portal
from izarlink_tickets.mailer import domain_pauses, sending


@pytest.fixture(autouse=True)
def whole_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """End rounds when nothing is due, and call no server slow."""
    monkeypatch.setattr(sending, "ROUND_SECONDS", WAIT_SECONDS)
    monkeypatch.setattr(domain_pauses, "SLOW_SECONDS", WAIT_SECONDS)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def room(portal: Portal, cast: Cast, office: PostOffice) -> MailRoom:
    return MailRoom(portal, cast, office, mailer_to(office, portal.database, cast, folder=portal.settings.data_dir))


@pytest.fixture
def busy_room(room: MailRoom) -> MailRoom:
    """Return a room with waiting messages to alice, nora and sam."""
    room.open_ticket()
    return room


@pytest.fixture
def quiet_room(room: MailRoom) -> MailRoom:
    """Return a room with two messages waiting for nora's digest."""
    choose(room, "nora", MailPace.HOURLY)
    room.open_ticket()
    room.open_ticket(title="<b>Coupure</b>")
    room.send()
    return room
