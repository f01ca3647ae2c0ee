"""The portal killed repeatedly under load: acknowledged commands and mails."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from tests.faults.client import Client
from tests.faults.invariants import by_command, log_of, ticket_events
from tests.faults.progress import Progress
from tests.faults.server import WORKERS, Server
from tests.ports import free_port

from izarlink_tickets import outbox
from izarlink_tickets.application import Portal
from izarlink_tickets.config import MailFolder, Settings
from izarlink_tickets.domain.events import FollowUpAdded, Opened, TicketEvent, stream_of
from izarlink_tickets.mailer import open_mailer
from izarlink_tickets.outbox import MailStatus, OutboxMessage

# In the suite, and in a long run. A worker restarts at once, the whole portal in two seconds.
KILLS_OF_ALL, KILLS_OF_ONE = (3, 100), (10, 300)
# Every process dies at its second pass, so that each command succeeds in the end.
POINTS = [
    pytest.param("before-append:2", marks=pytest.mark.fault(1)),
    pytest.param("before-answer:2", marks=pytest.mark.fault(2)),
    pytest.param("upload-read:2", marks=pytest.mark.fault(3)),
]
FORMS = (6, 60)
# The longest life of the portal once it has answered both clients; a command takes some hundredths of a second.
LIFE_SECONDS = 0.15
# Each client opens one ticket per so many commands, and else writes on the first tickets.
COMMANDS_PER_OPENING = 6
FIRST_TICKETS = 3
UUID_LENGTH = 36


@dataclass(frozen=True)
class LoadResult:
    """A portal after the load, and its clients with their answers."""

    portal: Portal
    clients: Sequence[Client]

    def acknowledged(self) -> dict[str, tuple[str, int]]:
        """Return the redirect of each answered command, and its number of events."""
        answers = {command: answer.location for client in self.clients for command, answer in client.answers.items()}
        # A command that leads to a ticket, and not to an entry, opened it with a file.
        return {command: (location, 1 if "#" in location else 2) for command, location in answers.items()}

    def stored(self) -> dict[str, tuple[str, int]]:
        """Return the same for the commands in the log."""
        groups = by_command(ticket_events(log_of(self.portal)))
        numbers = {stream_of(number): number for number in range(1, len(groups) + 1)}
        return {group[0].command_id: (location_of(group[0], numbers), len(group)) for group in groups}


def location_of(event: TicketEvent, numbers: Mapping[UUID, int]) -> str:
    """Return the redirect of this event's command."""
    ticket = f"/tickets/{numbers[event.originator_id]}"
    assert isinstance(event, Opened | FollowUpAdded)
    return ticket if isinstance(event, Opened) else f"{ticket}#e{event.originator_version}"


@contextmanager
def served(settings: Settings, *, fault: str = "") -> Iterator[Server]:
    """Serve the portal until the end of the block."""
    server = Server(free_port(), settings, fault)
    try:
        server.start()
        server.wait_until_ready()
        yield server
    finally:
        server.kill()


def customers_of(server: Server) -> Sequence[Client]:
    """Sign alice and bob in, and open their tickets."""
    clients = [Client(server.port) for _ in range(2)]
    for client, email in zip(clients, ("alice@etxea.example", "bob@etxea.example"), strict=True):
        client.sign_in(email)
    for _ in range(FIRST_TICKETS):
        clients[0].open_ticket()
    return clients


def send_while_killing(clients: Sequence[Client], kill: Callable[[], None], *, times: int) -> None:
    """Kill the portal repeatedly while both send forms, until all are answered."""
    progress = [Progress() for _ in clients]
    with ThreadPoolExecutor(len(clients)) as pool:
        sending = [pool.submit(send_forms, *pair) for pair in zip(clients, progress, strict=True)]
        try:
            kill_repeatedly(kill, progress, times=times)
        finally:
            for each in progress:
                each.end()
    for future in sending:
        future.result()


def send_forms(client: Client, progress: Progress) -> None:
    """Send forms until the end of the load."""
    try:
        for nth in count():
            if progress.is_over:
                return
            send_form(client, nth)
            progress.advance()
    finally:
        progress.end()


def send_forms_of(client: Client, *, times: int) -> None:
    for nth in range(times):
        send_form(client, nth)


def send_form(client: Client, nth: int) -> None:
    if nth % COMMANDS_PER_OPENING == 0:
        client.open_ticket()
        return
    client.follow_up(1 + nth % FIRST_TICKETS)


def kill_repeatedly(kill: Callable[[], None], progress: Sequence[Progress], *, times: int) -> None:
    for _ in range(times):
        wait_for_each(progress)
        time.sleep(random.uniform(0, LIFE_SECONDS))  # noqa: S311 - any moment will do
        kill()
    wait_for_each(progress)


def wait_for_each(progress: Sequence[Progress]) -> None:
    for each in progress:
        each.wait_for(more=1)


def send_remaining_mails(portal: Portal) -> None:
    """Send the remaining mails, once the leases of the killed have expired."""
    later = datetime.now(UTC) + timedelta(seconds=2 * outbox.LEASE_SECONDS)
    mailer = open_mailer(portal.database, portal.settings, clock=lambda: later)
    while mailer.send_due():
        pass


def messages_of(portal: Portal) -> list[OutboxMessage]:
    with portal.database.query() as connection:
        return outbox.list_messages(connection, outbox.outbox.c.status != MailStatus.WRITTEN_OFF.value)


def message_ids(portal: Portal) -> list[tuple[str, str]]:
    """List the mails in the folder: id of the message, Message-ID."""
    target = portal.settings.mail_target
    assert isinstance(target, MailFolder)
    return [(path.stem[-UUID_LENGTH:], message_id_of(path)) for path in target.path.glob("*.eml")]


def message_id_of(mail: Path) -> str:
    with mail.open("rb") as file:
        return str(BytesHeaderParser().parse(file)["Message-ID"])


def assert_all_mails_arrive(portal: Portal, *, repeats: int) -> None:
    """Send the remaining mails and compare them with the outbox.

    repeats: the number of mails that may have come twice.
    """
    send_remaining_mails(portal)
    messages, mails = messages_of(portal), message_ids(portal)
    assert {message.status for message in messages} == {MailStatus.SENT}
    assert {id_ for id_, _ in mails} == {message.id for message in messages}
    assert len(set(mails)) == len({message_id for _, message_id in mails}) == len(messages)
    assert len(mails) - len(messages) <= repeats


@pytest.mark.fault(19)
def test_a_portal_killed_repeatedly_keeps_acknowledged_commands_and_mails_everybody(
    settings: Settings, portal: Portal, rounds: Callable[[int, int], int]
) -> None:
    kills = rounds(*KILLS_OF_ALL)
    with served(settings) as server:
        clients = customers_of(server)
        send_while_killing(clients, server.kill_and_start, times=kills)

    result = LoadResult(portal, clients)
    assert result.stored() == result.acknowledged()
    # A process killed between sending and recording leaves one mail that is sent again.
    assert_all_mails_arrive(portal, repeats=(kills + 1) * WORKERS)


@pytest.mark.fault(4, 15)
def test_workers_killed_at_any_moment_lose_nothing_and_mail_everybody(
    settings: Settings, portal: Portal, rounds: Callable[[int, int], int]
) -> None:
    kills = rounds(*KILLS_OF_ONE)
    with served(settings) as server:
        clients = customers_of(server)
        send_while_killing(clients, server.kill_a_worker, times=kills)

    result = LoadResult(portal, clients)
    assert result.stored() == result.acknowledged()
    assert_all_mails_arrive(portal, repeats=kills + WORKERS)


@pytest.mark.parametrize("stage", ["sqlite", pytest.param("postgresql", marks=pytest.mark.fault_run)], indirect=True)
@pytest.mark.parametrize("fault", POINTS)
def test_a_form_sent_again_after_its_worker_died_is_carried_out_once(settings, portal, rounds, fault):
    with served(settings, fault=fault) as server:
        clients = customers_of(server)
        send_forms_of(clients[0], times=rounds(*FORMS))

    result = LoadResult(portal, clients)
    assert result.stored() == result.acknowledged()
    assert max(answer.attempts for answer in clients[0].answers.values()) > 1
