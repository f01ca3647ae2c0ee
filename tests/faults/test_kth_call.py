"""Failures of each call to database, files and sockets.

The call fails once, or permanently until a repair. The sender sees a clear page, nothing is torn, and the form that is
sent again runs once. The method is SQLite's: fail the first call, the second, the third, until all succeed.
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
from tests.faults.fault_injector import FaultInjector, install
from tests.faults.invariants import breaches, log_of, ticket_events
from tests.mailer.mail_room import MailRoom, mailer_to
from tests.mailer.post_office import PostOffice, open_post_office
from tests.openings import open_incident, resolved_incident
from tests.web.applications import application
from tests.web.browsing import Browser, Page, signed_in

from izarlink_tickets.accounts import find_account
from izarlink_tickets.application import Portal
from izarlink_tickets.outbox import MailStatus

# Calls between two failures: in the suite, and in a long run.
STEP = (11, 1)
CHECK_EVERY = 10
SEE_OTHER = 303
CLEAR = {
    (503, "Portail momentanément indisponible"),
    (503, "Enregistrement à vérifier"),
    (500, "Erreur du portail"),
}

pytestmark = [
    pytest.mark.fault(49),
    pytest.mark.parametrize("is_permanent", [False, True], ids=["once", "permanently"]),
]


@dataclass(frozen=True)
class Command:
    """A form and its sender.

    path: {} stands for the ticket's number. state: creates the ticket.
    """

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
    """A completed form that can be sent repeatedly."""

    browser: Browser
    path: str
    fields: dict[str, str]
    has_file: bool = False

    def send(self) -> Page:
        files = {"files": (BytesIO(b"2 Mbit/s"), "mesure.txt")} if self.has_file else {}
        return self.browser.post(self.path, self.fields | files)


@dataclass(frozen=True)
class FaultyPortal:
    """A portal with a fault injector."""

    portal: Portal
    cast: Cast
    app: Flask
    injector: FaultInjector
    step: int
    is_permanent: bool

    def each_call(self, attempt: Callable[[int], list[str]]) -> list[str]:
        """Run the attempt with each call failing in turn.

        It ends when all calls of the attempt succeed. Return all complaints.
        """
        complaints: list[str] = []
        for nth in count(1, self.step):
            complaints += [f"call {nth}: {complaint}" for complaint in attempt(nth)]
            # Torn data stays torn, so checking every time is not needed; it would take most of the time.
            if nth % CHECK_EVERY == 0:
                complaints += [f"by call {nth}: {breach}" for breach in breaches(self.portal)]
            if not self.injector.has_failed:
                return complaints
        raise AssertionError

    def failing_call(self, nth: int) -> AbstractContextManager[None]:
        return self.injector.armed(nth=nth, is_permanent=self.is_permanent)

    def send_twice(self, form: Form, nth: int) -> tuple[Page, list[str]]:
        """Send the form while a call fails, then again without failures.

        Return the first answer, and the complaints.
        """
        with self.failing_call(nth):
            answer = form.send()
        again = form.send()
        complaints = [] if is_clear(answer) else [f"answered {answer.status} {answer.heading}"]
        if again.status != SEE_OTHER or (answer.status == SEE_OTHER and answer.location != again.location):
            complaints.append(f"then answered {again.status} {again.location} {again.errors}")
        return answer, complaints


def is_clear(page: Page) -> bool:
    return page.status == SEE_OTHER or (page.status, page.heading) in CLEAR


@pytest.fixture
def faulty(
    portal: Portal, cast: Cast, monkeypatch: pytest.MonkeyPatch, rounds: Callable[[int, int], int], is_permanent: bool
) -> Iterator[FaultyPortal]:
    injector = FaultInjector()
    install(injector, monkeypatch)
    # Printing the tracebacks would take most of the time.
    with capture_logs():
        yield FaultyPortal(portal, cast, application(portal, cast.clock), injector, rounds(*STEP), is_permanent)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_form_runs_once_whichever_call_fails(faulty: FaultyPortal, name: str) -> None:
    command = COMMANDS[name]
    browser = signed_in(faulty.app, faulty.cast, command.who)
    token = browser.token()

    def attempt(nth: int) -> list[str]:
        number, command_id = command.state(faulty.portal, faulty.cast), str(uuid4())
        # Confirms that a similar ticket is intended.
        seen = {"similar": str(number)}
        fields = {"csrf_token": token, "command_id": command_id, "form_id": str(uuid4()), **seen, **command.typed}
        form = Form(browser, command.path.format(number), fields, command.has_file)
        _, complaints = faulty.send_twice(form, nth)
        return [*complaints, *wrong_count(faulty.portal, command_id)]

    assert faulty.each_call(attempt) == []


def test_a_profile_is_changed_whichever_call_fails(faulty: FaultyPortal) -> None:
    browser = signed_in(faulty.app, faulty.cast, "alice")
    token, email = browser.token(), faulty.cast["alice"].email

    def attempt(nth: int) -> list[str]:
        name = f"Alice Etcheverry {nth}"
        form = Form(browser, "/profil", {"csrf_token": token, "name": name, "email": email, "phone": "05 59 00 00 01"})
        _, complaints = faulty.send_twice(form, nth)
        return complaints if name_of_alice(faulty) == name else [*complaints, "the name is wrong"]

    assert faulty.each_call(attempt) == []


def test_a_mail_is_sent_whichever_call_fails(faulty: FaultyPortal, office: PostOffice) -> None:
    folder = faulty.portal.settings.data_dir
    mailer = mailer_to(office, faulty.portal.database, faulty.cast, folder=folder)
    room = MailRoom(faulty.portal, faulty.cast, office, mailer)

    def attempt(nth: int) -> list[str]:
        room.open_ticket()
        # As the work loop does.
        with faulty.failing_call(nth), suppress(Exception):
            room.send()
        room.send_all()
        copies = room.copies()
        wrong = [message for message in room.messages() if not 1 <= copies[message.id] <= 1 + message.doubts]
        return [f"{copies[message.id]} copies, {message.doubts} doubts, {message.status}" for message in wrong]

    assert faulty.each_call(attempt) == []
    assert {message.status for message in room.messages()} == {MailStatus.SENT}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


def wrong_count(portal: Portal, command_id: str) -> list[str]:
    """Return a complaint unless the log holds the command once.

    It may have several events, each of another kind.
    """
    counts = Counter(event.TOPIC for event in ticket_events(log_of(portal)) if event.command_id == command_id)
    return [] if set(counts.values()) == {1} else [f"in the log as {counts}"]


def name_of_alice(faulty: FaultyPortal) -> str:
    with faulty.portal.database.query() as connection:
        account = find_account(connection, account_id=faulty.cast["alice"].id)
    assert account
    return account.name
