"""Hourly limits of accounts, and quotas of customers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from tests.cast import Cast, Clock
from tests.openings import closed_incident, open_incident

from izarlink_tickets.application import Portal, open_portal
from izarlink_tickets.attachments import Upload
from izarlink_tickets.config import Settings, load_keys
from izarlink_tickets.domain.errors import (
    QuotaReached,
    TicketIsClosed,
    TooManyFileBytes,
    TooManyFollowUps,
    TooManyTickets,
)
from izarlink_tickets.domain.vocabulary import Channel, CommandContext
from izarlink_tickets.outbox.table import outbox
from izarlink_tickets.projections.ticket_counts import stored_bytes

Limited = Callable[..., Portal]
HOUR = 3600
KIB = 1024


@pytest.fixture
def limited(settings: Settings) -> Iterator[Limited]:
    """Return a function that opens the portal with these limits."""
    opened: list[Portal] = []

    def open_limited(**limits: int) -> Portal:
        opened.append(open_portal(settings.model_copy(update=limits), load_keys(settings)))
        return opened[-1]

    yield open_limited
    for portal in opened:
        portal.database.close()


def note(portal: Portal, cast: Cast, number: int, *, by: str = "alice", uploads: tuple[Upload, ...] = ()) -> int:
    context = cast.context(by)
    return portal.tickets.add_follow_up(context, number=number, text="Toujours lent.", uploads=uploads).entry


def file_of(size: int, name: str = "mesure.txt") -> Upload:
    return Upload(name, b"x" * size)


def stored_files(portal: Portal) -> int:
    return sum(path.is_file() for path in Path(portal.settings.attachments_folder).glob("*/*"))


def test_the_next_ticket_of_the_hour_is_refused_until_the_first_is_an_hour_old(limited: Limited, cast: Cast) -> None:
    portal = limited(tickets_per_hour=2)
    began = cast.clock()
    open_incident(portal, cast)
    cast.clock.advance(minutes=20)
    open_incident(portal, cast)

    with pytest.raises(TooManyTickets) as refused:
        open_incident(portal, cast)

    waited = (cast.clock() - began).total_seconds() - 1
    assert (refused.value.maximum, refused.value.retry_after_seconds) == (2, HOUR - waited)
    cast.clock.advance(seconds=HOUR - waited)
    assert open_incident(portal, cast) == 3


def test_follow_ups_and_decisions_count_together_and_tickets_apart(limited: Limited, cast: Cast) -> None:
    portal = limited(follow_ups_per_hour=3)
    number = closed_incident(portal, cast)
    portal.tickets.reopen(cast.context("alice"), number=number, reason="Encore.")
    note(portal, cast, number)

    with pytest.raises(TooManyFollowUps) as refused:
        note(portal, cast, number)

    assert refused.value.maximum == 3
    assert open_incident(portal, cast)


def test_a_colleague_and_support_go_on(limited: Limited, cast: Cast) -> None:
    portal = limited(tickets_per_hour=1, follow_ups_per_hour=1)
    number = open_incident(portal, cast)
    note(portal, cast, number)

    assert note(portal, cast, number, by="bob")
    assert [note(portal, cast, number, by="sam") for _ in range(3)]


def test_a_repeated_command_gets_its_answer_at_the_limit(limited: Limited, cast: Cast) -> None:
    portal = limited(follow_ups_per_hour=1)
    number = open_incident(portal, cast)
    context = cast.context("alice")
    first = portal.tickets.add_follow_up(context, number=number, text="Lent.", uploads=[file_of(9)])

    again = portal.tickets.add_follow_up(context, number=number, text="Lent.", uploads=[file_of(9)])

    assert (again.entry, again.is_repeated, stored_files(portal)) == (first.entry, True, 1)


def test_no_limit_is_zero(limited: Limited, cast: Cast) -> None:
    none = ("tickets_per_hour", "follow_ups_per_hour", "mails_per_hour", "upload_bytes_per_hour")
    portal = limited(**dict.fromkeys((*none, "customer_quota_bytes"), 0))

    numbers = [open_incident(portal, cast, uploads=[file_of(KIB)]) for _ in range(4)]

    assert numbers == [1, 2, 3, 4]


def test_bytes_beyond_the_hour_s_are_refused_before_they_are_stored(limited: Limited, cast: Cast) -> None:
    portal = limited(upload_bytes_per_hour=3 * KIB)
    number = open_incident(portal, cast, uploads=[file_of(2 * KIB)])

    with pytest.raises(TooManyFileBytes):
        note(portal, cast, number, uploads=(file_of(2 * KIB),))

    assert stored_files(portal) == 1
    assert note(portal, cast, number, uploads=(file_of(KIB),))


def test_the_files_of_a_company_have_a_quota(limited: Limited, cast: Cast) -> None:
    portal = limited(customer_quota_bytes=3 * KIB)
    number = open_incident(portal, cast, uploads=[file_of(KIB)])
    note(portal, cast, number, by="bob", uploads=(file_of(KIB),))

    with pytest.raises(QuotaReached) as refused:
        note(portal, cast, number, uploads=(file_of(KIB), file_of(KIB, "b.txt")))

    assert (refused.value.used, refused.value.maximum) == (2 * KIB, 3 * KIB)
    assert open_incident(portal, cast, by="charlie", uploads=[file_of(2 * KIB)])
    # Support has to be able to answer.
    assert note(portal, cast, number, by="sam", uploads=(file_of(2 * KIB),))
    with portal.database.query() as connection:
        assert stored_bytes(connection, organisation_id=cast["alice"].organisation_id or "") == 4 * KIB
    assert portal.read_models.differences() == []


def test_a_rebuild_counts_the_files_again(limited: Limited, cast: Cast) -> None:
    portal = limited()
    for name in ("a.txt", "b.txt"):
        open_incident(portal, cast, uploads=[file_of(KIB, name)])

    portal.read_models.rebuild()

    with portal.database.query() as connection:
        assert stored_bytes(connection, organisation_id=cast["alice"].organisation_id or "") == 2 * KIB
    assert portal.read_models.differences() == []


def test_the_files_of_a_refused_command_are_deleted_at_once(limited: Limited, cast: Cast) -> None:
    portal = limited()
    number = closed_incident(portal, cast)

    with pytest.raises(TicketIsClosed):
        note(portal, cast, number, uploads=(file_of(KIB),))

    assert stored_files(portal) == 0


def test_many_at_once_get_no_more_than_one_after_the_other(limited: Limited, cast: Cast) -> None:
    portal = limited(tickets_per_hour=3, upload_bytes_per_hour=10 * KIB)
    start, now, actor = Barrier(6), cast.clock(), cast["alice"].actor

    def open_at_once(_: int) -> int | None:
        context = CommandContext(actor, now, Channel.WEB, str(uuid4()))
        qualification: dict[str, Any] = {
            "ticket_type": "INCIDENT",
            "category": "DEBIT",
            "service_id": None,
            "urgency": 4,
        }
        start.wait()
        try:
            uploads = [file_of(KIB)]
            return portal.tickets.open(context, **qualification, title="Lent", description="x", uploads=uploads).number
        except TooManyTickets:
            return None

    with ThreadPoolExecutor(6) as threads:
        opened = [number for number in threads.map(open_at_once, range(6)) if number]

    assert sorted(opened) == [1, 2, 3]
    assert stored_files(portal) == 3


def test_the_mails_of_a_flood_wait_for_one_digest(limited: Limited, cast: Cast, clock: Clock) -> None:
    portal = limited(mails_per_hour=8)
    number = open_incident(portal, cast)

    for _ in range(6):
        note(portal, cast, number)

    with portal.database.query() as connection:
        rows = connection.execute(select(outbox.c.digest_at, outbox.c.due_at).where(outbox.c.number == number)).all()
    at_once = [row for row in rows if row.digest_at is None]
    next_hour = clock().replace(minute=0, second=0, microsecond=0)
    assert 0 < len(at_once) <= 8 < len(rows)
    assert {row.due_at - next_hour for row in rows if row.digest_at} == {next_hour.resolution * HOUR * 1_000_000}
