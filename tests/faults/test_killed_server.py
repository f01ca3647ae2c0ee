"""The whole portal is killed again and again under load: what was acknowledged is there, once, and all are told."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from tests.faults.client import Client
from tests.faults.invariants import breaches, by_command, log_of, ticket_events
from tests.faults.progress import Progress
from tests.faults.server import WORKERS, Server, free_port

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.config import MailFolder, Settings
from izarlink_tickets.domain.events import FollowUpAdded, Opened, TicketEvent, stream_of
from izarlink_tickets.mailer import open_mailer
from izarlink_tickets.outbox import Letter, Status

# On each of the two databases.
KILLS = 25
# How long the portal lives at most once it has answered both clients; a command takes some hundredths of a second.
LIFE_SECONDS = 0.15
# Each client opens one ticket in so many commands, and writes on these in between.
COMMANDS_PER_OPENING = 6
FIRST_TICKETS = 3
UUID_LENGTH = 36


@dataclass(frozen=True)
class Siege:
    """A portal that has been through it, and what its clients were told."""

    portal: Portal
    clients: Sequence[Client]

    def acknowledged(self) -> dict[str, tuple[str, int]]:
        """Say where each answered command led, and how many events it should have made."""
        answers = {command: answer.location for client in self.clients for command, answer in client.answers.items()}
        # What led to a ticket and not to an entry opened it, with a file.
        return {command: (location, 1 if "#" in location else 2) for command, location in answers.items()}

    def stored(self) -> dict[str, tuple[str, int]]:
        """Say the same of what is in the log."""
        groups = by_command(ticket_events(log_of(self.portal)))
        numbers = {stream_of(number): number for number in range(1, len(groups) + 1)}
        return {group[0].command_id: (location_of(group[0], numbers), len(group)) for group in groups}


def location_of(event: TicketEvent, numbers: Mapping[UUID, int]) -> str:
    """Give the address that the answer to this event's command redirects to."""
    ticket = f"/tickets/{numbers[event.originator_id]}"
    assert isinstance(event, Opened | FollowUpAdded)
    return ticket if isinstance(event, Opened) else f"{ticket}#e{event.originator_version}"


@pytest.fixture
def siege(settings: Settings, portal: Portal) -> Siege:
    """Put the portal through it; the test looks at what is left."""
    server = Server(free_port(), settings)
    try:
        clients = besiege(server)
    finally:
        server.kill()
    return Siege(portal, clients)


def besiege(server: Server) -> Sequence[Client]:
    """Let alice and bob send forms while the server is killed and started; end when both have all their answers."""
    server.start()
    server.wait_until_ready()
    clients = [Client(server.port) for _ in range(2)]
    for client, email in zip(clients, ("alice@etxea.example", "bob@etxea.example"), strict=True):
        client.sign_in(email)
    for _ in range(FIRST_TICKETS):
        clients[0].open_ticket()
    progress = [Progress() for _ in clients]
    with ThreadPoolExecutor(len(clients)) as pool:
        sending = [pool.submit(send_forms, *each) for each in zip(clients, progress, strict=True)]
        try:
            kill_and_start(server, progress)
        finally:
            for one in progress:
                one.end()
    for done in sending:
        done.result()
    return clients


def send_forms(client: Client, progress: Progress) -> None:
    """Send one form after the other, until the siege is over."""
    try:
        for nth in count():
            if progress.is_over:
                return
            send_form(client, nth)
            progress.advance()
    finally:
        progress.end()


def send_form(client: Client, nth: int) -> None:
    if nth % COMMANDS_PER_OPENING == 0:
        client.open_ticket()
        return
    client.follow_up(1 + nth % FIRST_TICKETS)


def kill_and_start(server: Server, progress: Sequence[Progress]) -> None:
    for _ in range(KILLS):
        wait_for_each(progress)
        # S311: any moment will do, and another one each time.
        time.sleep(random.uniform(0, LIFE_SECONDS))  # noqa: S311
        server.kill()
        server.start()
    wait_for_each(progress)


def wait_for_each(progress: Sequence[Progress]) -> None:
    for one in progress:
        one.wait_for(more=1)


def send_remaining_mails(portal: Portal) -> None:
    """Send what is left, at a time when the leases of the killed have run out."""
    later = datetime.now(UTC) + timedelta(seconds=2 * outbox.LEASE_SECONDS)
    mailer = open_mailer(portal.database, portal.settings, clock=lambda: later)
    while mailer.send_due():
        pass


def letters_of(portal: Portal) -> list[Letter]:
    with portal.database.query() as connection:
        return outbox.letters(connection, outbox.outbox.c.status != Status.WRITTEN_OFF.value)


def message_ids(portal: Portal) -> list[tuple[str, str]]:
    """List the mails in the folder: of which letter each is, and its Message-ID."""
    target = portal.settings.mail_target
    assert isinstance(target, MailFolder)
    return [(path.stem[-UUID_LENGTH:], message_id_of(path)) for path in target.path.glob("*.eml")]


def message_id_of(mail: Path) -> str:
    with mail.open("rb") as file:
        return str(BytesHeaderParser().parse(file)["Message-ID"])


# One test, because the siege is what takes its time.
def test_a_portal_killed_again_and_again_keeps_what_it_acknowledged_and_tells_everybody(siege: Siege) -> None:
    assert siege.stored() == siege.acknowledged()
    assert breaches(siege.portal) == []

    send_remaining_mails(siege.portal)

    letters, mails = letters_of(siege.portal), message_ids(siege.portal)
    assert {letter.status for letter in letters} == {Status.SENT}
    assert {letter for letter, _ in mails} == {letter.id for letter in letters}
    assert len(set(mails)) == len({message_id for _, message_id in mails}) == len(letters)
    # Whoever was killed between sending and marking sent one mail that is sent again.
    assert len(mails) - len(letters) <= (KILLS + 1) * WORKERS
