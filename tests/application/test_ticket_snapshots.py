"""Snapshots of long tickets: what a command loads, and what they hold."""

import hashlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from tests.cast import Cast
from tests.openings import closed_incident, open_incident, resolved_incident

from izarlink_tickets.application import Portal
from izarlink_tickets.application.operations.verification import open_verifier
from izarlink_tickets.application.ticket_snapshots import SHAPE, VERSIONS_BETWEEN, snapshot_of, ticket_after, ticket_of
from izarlink_tickets.application.transaction import mapper_of
from izarlink_tickets.backup.writer import backup_tables
from izarlink_tickets.domain import ticket as ticket_module
from izarlink_tickets.domain.events import stream_of
from izarlink_tickets.domain.ticket import Ticket
from izarlink_tickets.event_store import Mapper, RecentStream, load_events, load_stream, snapshots
from izarlink_tickets.verify import Finding, FindingStatus

# By shape: what the ticket copies from its events. Another fold needs another shape, and a line here.
FOLDS = {1: "3e831dff", 2: "e9a48544", 3: "f5fd5b24", 4: "4100044e"}
LONG = 120
SECRET = "Le code du portail est 4417."


def add_follow_ups(portal: Portal, cast: Cast, number: int, *, count: int) -> None:
    for _ in range(count):
        portal.tickets.add_follow_up(cast.context("alice"), number=number, text=SECRET)


@pytest.fixture
def long_ticket(portal: Portal, cast: Cast) -> int:
    """Open a ticket with many entries, watched by carol."""
    number = open_incident(portal, cast)
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    add_follow_ups(portal, cast, number, count=LONG)
    return number


def held_incident(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    until = cast.clock() + timedelta(days=2)
    portal.tickets.hold(cast.context("sam"), number=number, reason="Fournisseur.", until=until)
    return number


def questioned_incident(portal: Portal, cast: Cast) -> int:
    number = open_incident(portal, cast)
    portal.tickets.add_watcher(cast.context("sam"), number=number, account_id=cast["carol"].id)
    portal.tickets.request_information(cast.context("sam"), number=number, question="Depuis quand ?")
    cast.clock.advance(days=3)
    portal.tickets.remind(cast.context("system"), number=number)
    return number


def stream_in(portal: Portal, number: int) -> RecentStream:
    with portal.database.query() as connection:
        return load_stream(connection, mapper_of(None), stream_of(number), shape=SHAPE)


def replayed(portal: Portal, number: int) -> Ticket:
    """Build the ticket from all its events."""
    with portal.database.query() as connection:
        ticket = ticket_after(load_events(connection, mapper_of(None), stream_of(number)))
    assert ticket
    return ticket


def change(portal: Portal, **values: object) -> None:
    """Change the snapshots behind the portal's back."""
    with portal.database.command() as connection:
        connection.execute(update(snapshots).values(**values))


def finding_in(portal: Portal) -> Finding:
    findings = open_verifier(portal).findings(now=datetime.now().astimezone())
    return next(finding for finding in findings if finding.check == "snapshots")


@contextmanager
def decoded_events(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Collect the versions of the events that are decoded inside the block."""
    versions: list[int] = []
    decoded = Mapper.decoded

    def collecting(mapper: Mapper, stream, version: int, *columns):
        versions.append(version)
        return decoded(mapper, stream, version, *columns)

    with monkeypatch.context() as patch:
        patch.setattr(Mapper, "decoded", collecting)
        yield versions


def test_a_command_on_a_long_ticket_loads_few_events(
    portal: Portal, cast: Cast, long_ticket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decoded_events(monkeypatch) as versions:
        portal.tickets.add_follow_up(cast.context("alice"), number=long_ticket, text="Encore.")

    assert 0 < len(versions) <= VERSIONS_BETWEEN
    assert replayed(portal, long_ticket).version == LONG + 3


def test_a_ticket_from_its_snapshot_equals_the_replayed_one(portal: Portal, long_ticket: int) -> None:
    stream = stream_in(portal, long_ticket)

    assert stream.snapshot
    assert vars(ticket_of(stream)) == vars(replayed(portal, long_ticket))


@pytest.mark.parametrize(
    "state", [open_incident, held_incident, questioned_incident, resolved_incident, closed_incident]
)
def test_a_snapshot_holds_all_that_a_ticket_knows(
    portal: Portal, cast: Cast, state: Callable[[Portal, Cast], int]
) -> None:
    ticket = replayed(portal, state(portal, cast))

    restored = ticket_of(RecentStream(snapshot_of(ticket), []))

    assert vars(restored) == vars(ticket)


@pytest.mark.parametrize(
    "damage", [{"state": b"{}"}, {"version": 7}, {"shape": SHAPE + 1}], ids=["damaged", "moved", "of another release"]
)
def test_an_unusable_snapshot_is_left_aside_and_replaced(
    portal: Portal, cast: Cast, long_ticket: int, damage: dict[str, object]
) -> None:
    change(portal, **damage)
    before = stream_in(portal, long_ticket)

    portal.tickets.add_follow_up(cast.context("alice"), number=long_ticket, text="Encore.")

    assert (before.snapshot, len(before.events)) == (None, LONG + 2)
    after = stream_in(portal, long_ticket)
    assert after.snapshot
    assert (after.snapshot.version, after.events) == (LONG + 3, [])


def test_a_snapshot_holds_no_text_and_is_in_no_backup(portal: Portal, long_ticket: int) -> None:
    stream = stream_in(portal, long_ticket)

    assert stream.snapshot
    assert SECRET not in stream.snapshot.state.decode()
    assert snapshots not in backup_tables()


def test_verify_finds_a_snapshot_that_differs_from_its_events(portal: Portal, cast: Cast, long_ticket: int) -> None:
    before = finding_in(portal)
    other = snapshot_of(replayed(portal, open_incident(portal, cast)))
    forged = other._replace(stream_id=stream_of(long_ticket), version=LONG)

    change(portal, version=forged.version, state=forged.state, digest=forged.digest)

    assert (before.status, before.count) == (FindingStatus.OK, 1)
    assert finding_in(portal).status is FindingStatus.BREACH


def test_another_fold_needs_another_shape() -> None:
    source = inspect.getsource(ticket_module).partition("# --- applying")[2]
    attributes = inspect.getsource(Ticket.__init__)

    assert FOLDS[SHAPE] == hashlib.sha256((source + attributes).encode()).hexdigest()[:8]
