"""One call to the database, a file or a socket fails, whichever it is: once, or for ever until somebody mends it.

Whoever sent the form sees a clear page, nothing is torn, and the same form sent again is carried out once. The method
is SQLite's own: fail the first call, the second, the third, until all come through.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from uuid import uuid4

import pytest
from flask import Flask
from structlog.testing import capture_logs
from tests.cast import Cast
from tests.faults.fuse import Fuse, install
from tests.faults.invariants import breaches, log_of, ticket_events
from tests.mailer.mail_room import MailRoom, mailer_to
from tests.mailer.post_office import PostOffice, open_post_office
from tests.openings import open_incident, resolved_incident
from tests.web.applications import application
from tests.web.browsing import Browser, Page, signed_in

from izarlink_tickets.accounts import find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus

# Every so many calls: in the suite, and in a fault run each.
STEP = (11, 1)
LOOK_EVERY = 10
SEE_OTHER = 303
CLEAR = {
    (503, "Portail momentanément indisponible"),
    (503, "Enregistrement à vérifier"),
    (500, "Erreur du portail"),
}

pytestmark = [pytest.mark.fault(49), pytest.mark.parametrize("is_for_ever", [False, True], ids=["once", "for ever"])]


@dataclass(frozen=True)
class Command:
    """A form of somebody's. path: with the ticket's number; state: makes the ticket."""

    who: str
    path: str
    typed: dict[str, str] = field(default_factory=dict)
    has_file: bool = False
    state: Callable[[Portal, Cast], int] = open_incident


NEW = {"ticket_type": "INCIDENT", "category": "DEBIT", "service": "autre", "urgency": "4", "title": "Débit à 2 Mbit/s"}
COMMANDS = {
    "open": Command("alice", "/tickets/nouveau", {**NEW, "description": "Depuis ce matin."}, has_file=True),
    "follow up": Command("alice", "/tickets/{}/suivi", {"comment": "Toujours lent."}, has_file=True),
    "resolve": Command("sam", "/bureau/tickets/{}/resoudre", {"version": "1", "solution": "L’optique est neuve."}),
    "approve": Command("alice", "/tickets/{}/solution/approuver", {"solution_version": "1"}, state=resolved_incident),
    "refuse": Command(
        "alice",
        "/tickets/{}/solution/refuser",
        {"solution_version": "1", "reason": "Toujours 2 Mbit/s."},
        has_file=True,
        state=resolved_incident,
    ),
}


@dataclass(frozen=True)
class Form:
    """A form that somebody has filled in, to be sent more than once."""

    browser: Browser
    path: str
    fields: dict[str, str]
    has_file: bool = False

    def send(self) -> Page:
        files = {"files": (BytesIO(b"2 Mbit/s"), "mesure.txt")} if self.has_file else {}
        return self.browser.post(self.path, self.fields | files)


@dataclass(frozen=True)
class World:
    """A portal with a fuse in it."""

    portal: Portal
    cast: Cast
    app: Flask
    fuse: Fuse
    step: int
    is_for_ever: bool

    def each_call(self, attempt: Callable[[int], list[str]]) -> list[str]:
        """Attempt something with the first call failing, the second, until none of its calls is reached any more."""
        complaints: list[str] = []
        for nth in count(1, self.step):
            complaints += [f"call {nth}: {complaint}" for complaint in attempt(nth)]
            # What is torn stays torn: it needn't be looked for each time, which would take most of it.
            if nth % LOOK_EVERY == 0:
                complaints += [f"by call {nth}: {breach}" for breach in breaches(self.portal)]
            if not self.fuse.has_blown:
                return complaints
        raise AssertionError

    def failing(self, nth: int) -> AbstractContextManager[None]:
        return self.fuse.lit(nth=nth, is_for_ever=self.is_for_ever)

    def sent_twice(self, form: Form, nth: int) -> tuple[Page, list[str]]:
        """Send the form while a call fails, and again once all is well; give the first answer, and what is wrong."""
        with self.failing(nth):
            answer = form.send()
        again = form.send()
        complaints = [] if is_clear(answer) else [f"answered {answer.status} {answer.heading}"]
        if again.status != SEE_OTHER or (answer.status == SEE_OTHER and answer.location != again.location):
            complaints.append(f"then answered {again.status} {again.location} {again.errors}")
        return answer, complaints


def is_clear(page: Page) -> bool:
    return page.status == SEE_OTHER or (page.status, page.heading) in CLEAR


@pytest.fixture
def world(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch, rounds: Callable[[int, int], int], is_for_ever: bool
) -> Iterator[World]:
    fuse = Fuse()
    install(fuse, monkeypatch)
    # Printing each traceback would take longer than all the rest.
    with capture_logs():
        yield World(portal, cast, application(portal, cast.clock), fuse, rounds(*STEP), is_for_ever)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_form_is_carried_out_once_whatever_call_fails(world: World, name: str) -> None:
    command = COMMANDS[name]
    browser = signed_in(world.app, world.cast, command.who)
    token = browser.token()

    def attempt(nth: int) -> list[str]:
        number, command_id = command.state(world.portal, world.cast), str(uuid4())
        # A ticket like that one is to be opened all the same.
        seen = {"similar": str(number)}
        fields = {"csrf_token": token, "command_id": command_id, "form_id": str(uuid4()), **seen, **command.typed}
        form = Form(browser, command.path.format(number), fields, command.has_file)
        _, complaints = world.sent_twice(form, nth)
        return [*complaints, *times_wrong(world.portal, command_id)]

    assert world.each_call(attempt) == []


def test_a_profile_is_changed_whatever_call_fails(world: World) -> None:
    browser = signed_in(world.app, world.cast, "alice")
    token, email = browser.token(), world.cast["alice"].email

    def attempt(nth: int) -> list[str]:
        name = f"Alice Etcheverry {nth}"
        form = Form(browser, "/profil", {"csrf_token": token, "name": name, "email": email, "phone": "05 59 00 00 01"})
        _, complaints = world.sent_twice(form, nth)
        return complaints if name_of_alice(world) == name else [*complaints, "the name is another"]

    assert world.each_call(attempt) == []


def test_a_mail_goes_out_whatever_call_fails(world: World, office: PostOffice) -> None:
    room = MailRoom(world.portal, world.cast, office, mailer_to(office, world.portal.database, world.cast))

    def attempt(nth: int) -> list[str]:
        room.open_ticket()
        # As the work loop does.
        with world.failing(nth), suppress(Exception):
            room.send()
        room.send_all()
        copies = room.copies()
        wrong = [one for one in room.messages() if not 1 <= copies[one.id] <= 1 + one.doubts]
        return [f"{copies[one.id]} copies, {one.doubts} doubts, {one.status}" for one in wrong]

    assert world.each_call(attempt) == []
    assert {message.status for message in room.messages()} == {MailStatus.SENT}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


def times_wrong(portal: Portal, command_id: str) -> list[str]:
    """Say how often a command is in the log, unless it is there once. It may make several events, each of its kind."""
    made = Counter(event.TOPIC for event in ticket_events(log_of(portal)) if event.command_id == command_id)
    return [] if set(made.values()) == {1} else [f"in the log as {made}"]


def name_of_alice(world: World) -> str:
    with world.portal.database.query() as connection:
        account = find_account(connection, account_id=world.cast["alice"].id)
    assert account
    return account.name
